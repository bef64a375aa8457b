"""Posts that were read before, kept decoded, for a store that one process owns."""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from orchestrator.store.records import StoredPost

_STEP = 256


@dataclass(eq=False, slots=True)
class Reading:
    """A read under way; `changed` are the ids that were written meanwhile.

    It `is_void` where a whole view was dropped.
    """

    changed: set[str] = field(default_factory=set)
    is_void: bool = False


class RememberedPosts:
    """At most `capacity` whole posts by view and media id, the longest not asked for dropped first.

    A view names the vectors that its posts are read with. Never stale: while a post is written it
    is neither found nor remembered, and a read that began before a write ended can't put what it
    read back. For one thread; reads and writes may overlap.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._posts: OrderedDict[tuple[str, str], StoredPost] = OrderedDict()
        self._views: set[str] = set()
        self._readings: set[Reading] = set()
        self._changing: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._posts)

    def find(self, view: str, media_ids: Iterable[str]) -> dict[str, StoredPost]:
        """Those of the posts that are remembered, a fifth of a microsecond each."""
        found = {}
        posts = self._posts
        for media_id in media_ids:
            key = (view, media_id)
            post = posts.get(key)
            if post is not None:
                posts.move_to_end(key)
                found[media_id] = post
        return found

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Around a read of the store, and `remember` of what it gave."""
        reading = Reading(set(self._changing))
        self._readings.add(reading)
        try:
            yield reading
        finally:
            self._readings.remove(reading)

    def remember(self, view: str, posts: Mapping[str, StoredPost], reading: Reading) -> None:
        """Keep whole posts that `reading` gave, but for those written since it began."""
        if reading.is_void:
            return
        self._views.add(view)
        for media_id, post in posts.items():
            if media_id not in reading.changed:
                self._posts[view, media_id] = post
                self._posts.move_to_end((view, media_id))
        while len(self._posts) > self._capacity:
            self._posts.popitem(last=False)

    def forget(self, view: str) -> None:
        """Drop a view."""
        self._views.discard(view)
        for key in [key for key in self._posts if key[0] == view]:
            del self._posts[key]
        for reading in self._readings:
            reading.is_void = True

    @contextmanager
    def changing(self, media_ids: Collection[str]) -> Iterator[None]:
        """Around a write or a deletion of these posts in any view, successful or not."""
        changed = frozenset(media_ids)
        self._changing.update(changed)
        for reading in self._readings:
            reading.changed.update(changed)
        for view in self._views:
            for media_id in changed:
                self._posts.pop((view, media_id), None)
        try:
            yield
        finally:
            self._changing.subtract(changed)
            self._changing = +self._changing


class RememberedNames:
    """At most `capacity` media ids by point id, of which each is made: they never change."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._names: dict[str, str] = {}

    async def of(
        self, ids: Sequence[str], ask: Callable[[list[str]], Awaitable[Mapping[str, str]]]
    ) -> Mapping[str, str]:
        """Those of the points that exist, from before or from `ask`; and maybe others."""
        names = self._names
        missing = [each for each in ids if each not in names]
        if not missing:
            return names
        found = {each: names[each] for each in ids if each in names}
        read = await ask(missing)
        self._names.update(read)
        while len(self._names) > self._capacity:
            del self._names[next(iter(self._names))]
        return {**found, **read}


class RememberedOrders:
    """What the posts' orders begin with, for as long as no post is written.

    For one thread; reads and writes may overlap. A read that began before a write ended is not
    kept.
    """

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._writes = 0

    def find(self, order: str, limit: int) -> list[str] | None:
        """The first `limit` media ids of an order, if as many are remembered."""
        found = self._found.get(order)
        return found[:limit] if found is not None and len(found) >= limit else None

    async def look(
        self, order: str, limit: int, ask: Callable[[int], Awaitable[list[str]]]
    ) -> list[str]:
        """Ask the store for a little more than `limit`, and remember it."""
        before = self._writes
        found = await ask(-(-limit // _STEP) * _STEP)
        if self._writes == before and len(found) > len(self._found.get(order, ())):
            self._found[order] = found
        return found[:limit]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around a write of posts, successful or not."""
        self._forget()
        try:
            yield
        finally:
            self._forget()

    def _forget(self) -> None:
        self._writes += 1
        self._found.clear()
