"""A viewer's taste as bytes that any process can read."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ranking.types import Interest, Taste, Vector, Viewer

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class KeptTaste:
    """A viewer's vectors, made of `events` events."""

    viewer: Viewer
    events: int
    built_at: datetime


def taste_bytes(kept: KeptTaste, version: bytes) -> bytes:
    """The length of a JSON head in four bytes, the head, and all vectors as float32, in order.

    Everything is little-endian. `version` says which events the taste heeds.
    """
    tastes = (kept.viewer.visual, kept.viewer.text, kept.viewer.legacy)
    lists = [interests for taste in tastes for interests in (taste.interests, taste.avoided)]
    head = {
        "version": version.hex(),
        "events": kept.events,
        "built_at": kept.built_at.isoformat(),
        "lists": [[[i.media_id, i.weight, len(i.vector)] for i in each] for each in lists],
    }
    vectors = [one.vector.astype("<f4", copy=False).tobytes() for each in lists for one in each]
    text = json.dumps(head).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *vectors])


def taste_from(content: bytes) -> tuple[KeptTaste, bytes]:
    """The taste of such bytes, and its version. Raises ValueError where they are none."""
    try:
        (length,) = _LENGTH.unpack_from(content)
        vectors = _LENGTH.size + length
        head = json.loads(content[_LENGTH.size : vectors])
        viewer = _viewer(head["lists"], np.frombuffer(content, "<f4", offset=vectors))
        kept = KeptTaste(viewer, head["events"], datetime.fromisoformat(head["built_at"]))
        return kept, bytes.fromhex(head["version"])
    except (struct.error, KeyError, TypeError) as exc:
        raise ValueError(f"no taste: {exc}") from exc


def _viewer(lists: Sequence[Sequence[tuple[Any, ...]]], numbers: Vector) -> Viewer:
    """The interests of all lists, whose vectors follow each other in `numbers`."""
    made: list[tuple[Interest, ...]] = []
    start = 0
    for rows in lists:
        interests = []
        for media_id, weight, dimension in rows:
            vector = numbers[start : start + dimension]
            interests.append(Interest(vector, weight, media_id))
            start += dimension
        made.append(tuple(interests))
    if start != len(numbers):
        raise ValueError(f"{len(numbers)} numbers where {start} are said to be")
    tastes = [Taste(*pair) for pair in zip(made[::2], made[1::2], strict=True)]
    return Viewer(*tastes)
