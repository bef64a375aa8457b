"""Weights that a request brings."""

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.errors import InvalidRequest
from ranking.rank import Ranking


def reweighted(ranking: Ranking, changes: Mapping[str, float] | None) -> Ranking:
    """The ranking with the named signals' weights replaced; InvalidRequest says what is wrong."""
    if changes is None:
        return ranking
    try:
        return replace(ranking, weights=ranking.weights.overridden(changes))
    except ValueError as exc:
        raise InvalidRequest(f"weights: {exc}") from exc
