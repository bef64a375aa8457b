"""A weight table from a JSON file.

Either signals (`{"visual": 0.4, "text": 0.15}`), or `{"default": {…}, "by_content_type": {"meme":
{…}}}` of such. What is not named stays at the guide's weight, and in a row by content type at
that of `default`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.replay.errors import BadInput
from ranking.weights import WeightTable

_PARTS = {"default", "by_content_type"}


def read_weights(path: Path) -> WeightTable:
    """Raises BadInput, naming the file, for what is no weight table."""
    try:
        return _table(json.loads(path.read_text(encoding="utf-8")))
    except OSError as fault:
        raise BadInput(f"{path}: {fault.strerror or fault}") from fault
    except (ValueError, RecursionError) as fault:
        raise BadInput(f"{path}: {fault}") from fault


def _table(value: Any) -> WeightTable:
    content = _object(value, "the file")
    if not content.keys() & _PARTS:
        return WeightTable().overridden(_signals(content, "the file"))
    unknown = sorted(content.keys() - _PARTS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; known are default and by_content_type")
    default = WeightTable().overridden(_signals(content.get("default", {}), "default"))
    rows = _object(content.get("by_content_type", {}), "by_content_type")
    return WeightTable(
        default.default,
        {kind: default.overridden(_signals(row, kind)).default for kind, row in rows.items()},
    )


def _signals(value: Any, where: str) -> dict[str, float]:
    signals = {}
    for name, weight in _object(value, where).items():
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise ValueError(f"weight {name!r} of {where} must be a number, not {weight!r:.80}")
        signals[name] = float(weight)
    return signals


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be an object, not {value!r:.80}")
    return value
