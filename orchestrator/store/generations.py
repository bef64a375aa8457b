"""Generations of vectors: which models' vectors stand under which names in one collection."""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.store.records import Schema


@dataclass(frozen=True, slots=True)
class View:
    """Posts as seen with the vectors of one pair of models; `names` are by modality."""

    schema: Schema
    names: Mapping[str, str]
