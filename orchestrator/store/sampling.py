"""Points drawn at random: their ids are hashes, so who follows any id is as good as drawn."""

import random
import uuid
from operator import attrgetter

from orchestrator.store.collection import Collection


async def draw(collection: Collection, name: str, count: int, *, seed: int) -> list[str]:
    """The payload field `name` of `count` points, or of all; no point twice."""
    start = str(uuid.UUID(int=random.Random(seed).getrandbits(128)))  # noqa: S311
    points, _ = await collection.scan(start, limit=count, fields=[name])
    if len(points) < count:
        first, _ = await collection.scan(None, limit=count - len(points), fields=[name])
        points += [point for point in first if point.id < start]
    return [payload[name] for payload in map(attrgetter("payload"), points)]
