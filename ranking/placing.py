"""Placing posts one by one, so that neighbours differ."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["mmr", "ssd", "none"]


@dataclass(frozen=True, slots=True)
class DiversityParameters:
    """How vectors spread posts out.

    `method`: how a post's redundancy to the last `window` posts is measured. `strength`: the
    score that a wholly redundant post gives up when it is placed. `depth`: the places that are
    chosen so; what follows stands by its score.
    """

    method: Method = "mmr"
    window: int = 10
    strength: float = 0.2
    depth: int = 200
