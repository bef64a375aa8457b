"""What a post that is written whole keeps: other generations' vectors of what did not change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orchestrator.store.collection import Collection, Point
from orchestrator.store.records import Modality

_SOURCES: Mapping[Modality, tuple[str, ...]] = {
    "visual": ("content_hash", "media_type"),
    "text": ("caption", "ocr_text"),
}
"""Of the payload, what a vector is made of."""
_FIELDS = [name for names in _SOURCES.values() for name in names]

Beside = Mapping[Modality, Sequence[str]]
"""Names of the vectors of other generations, by modality."""


async def carried(posts: Collection, points: Sequence[Point], beside: Beside) -> list[Point]:
    """The points with such vectors, as far as they are stored. Raises StoreUnavailable.

    A picture can't be asked of the other models again where nobody kept it.
    """
    names = [name for names in beside.values() for name in names]
    if not names:
        return list(points)
    found = await posts.get([point.id for point in points], fields=_FIELDS, vectors=names)
    stored = {point.id: point for point in found}
    return [_with(point, stored.get(point.id), beside) for point in points]


def _with(point: Point, stored: Point | None, beside: Beside) -> Point:
    if stored is None:
        return point
    kept = {
        name: stored.vectors[name]
        for modality, names in beside.items()
        if all(point.payload.get(each) == stored.payload.get(each) for each in _SOURCES[modality])
        for name in names
        if name in stored.vectors
    }
    return replace(point, vectors={**point.vectors, **kept})
