"""What a ViT-only system leaves behind, made: points with random vectors, and a folder of media."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.inputs import unit_vector
from orchestrator.store.collection import Point
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS

_DIMENSION = 768
_BATCH = 500


async def write_old_posts(
    folder: Path, pictures: Sequence[bytes], count: int, *, caption: str
) -> None:
    """`count` points in `folder`/store, whose media in `folder`/media take turns at `pictures`."""
    media = folder / "media"
    media.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        (media / f"{number}.jpg").write_bytes(picture)
    collection = EmbeddedCollection(folder / "store" / LEGACY_POSTS, {UNNAMED: _DIMENSION}, {})
    rng = np.random.default_rng(7)
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        await collection.put(
            [
                Point(
                    str(number),
                    {
                        "mediaId": f"m{number}",
                        "userId": f"author-{number % 100}",
                        "url": f"{number % len(pictures)}.jpg",
                        "caption": caption.format(number),
                        "createdAt": "2024-05-06T12:00:00Z",
                        "likes": number % 50,
                    },
                    {UNNAMED: unit_vector(rng, _DIMENSION)},
                )
                for number in numbers
            ]
        )
    await collection.close()
