"""Posts that were read before, kept decoded, for a store that one process owns."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from orchestrator.store.records import StoredPost

_STEP = 256


@dataclass(eq=False, slots=True)
class Reading:
    """A read under way; `changed` are the ids that were written meanwhile."""

    changed: set[str] = field(default_factory=set)


class RememberedPosts:
    """At most `capacity` whole posts by media id, the least recently asked for dropped first.

    Never stale: while a post is written it is neither found nor remembered, and a read that began
    before a write ended can't put what it read back. For readers in any thread and one writer.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._posts: OrderedDict[str, StoredPost] = OrderedDict()
        self._readings: set[Reading] = set()
        self._changing: frozenset[str] = frozenset()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._posts)

    def find(self, media_ids: Iterable[str]) -> dict[str, StoredPost]:
        """Those of the posts that are remembered, about half a microsecond each."""
        found = {}
        posts = self._posts
        with self._lock:
            for media_id in media_ids:
                post = posts.get(media_id)
                if post is not None:
                    posts.move_to_end(media_id)
                    found[media_id] = post
        return found

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Around a read of the store, and `remember` of what it gave."""
        reading = Reading()
        with self._lock:
            reading.changed.update(self._changing)
            self._readings.add(reading)
        try:
            yield reading
        finally:
            with self._lock:
                self._readings.remove(reading)

    def remember(self, posts: Mapping[str, StoredPost], reading: Reading) -> None:
        """Keep whole posts that `reading` gave, but for those written since it began."""
        with self._lock:
            for media_id, post in posts.items():
                if media_id not in reading.changed:
                    self._posts[media_id] = post
                    self._posts.move_to_end(media_id)
            while len(self._posts) > self._capacity:
                self._posts.popitem(last=False)

    @contextmanager
    def changing(self, media_ids: Collection[str]) -> Iterator[None]:
        """Around a write or a deletion of these posts, successful or not."""
        with self._lock:
            self._changing = frozenset(media_ids)
            for reading in self._readings:
                reading.changed.update(self._changing)
            for media_id in self._changing:
                self._posts.pop(media_id, None)
        try:
            yield
        finally:
            with self._lock:
                self._changing = frozenset()


class RememberedOrders:
    """What the posts' orders begin with, for as long as no post is written.

    For readers in any thread and one writer. A read that began before a write ended is not kept.
    """

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._writes = 0
        self._lock = Lock()

    def find(self, order: str, limit: int) -> list[str] | None:
        """The first `limit` media ids of an order, if as many are remembered."""
        found = self._found.get(order)
        return found[:limit] if found is not None and len(found) >= limit else None

    def look(self, order: str, limit: int, ask: Callable[[int], list[str]]) -> list[str]:
        """Ask the store for a little more than `limit`, and remember it."""
        before = self._writes
        found = ask(-(-limit // _STEP) * _STEP)
        with self._lock:
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
        with self._lock:
            self._writes += 1
            self._found.clear()
