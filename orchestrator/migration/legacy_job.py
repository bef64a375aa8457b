"""A legacy post into the new collection, or a look at whether it would get there."""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from orchestrator.media.media import Media
from orchestrator.migration.legacy_posts import LegacyPoint, LegacySource, SharedId, Uploads
from orchestrator.migration.target import Target
from orchestrator.runs.outcome import Kind, Outcome
from orchestrator.runs.pipeline import Sorted
from orchestrator.store.records import BrokenPoint, LegacyPost

Known = Callable[[Sequence[str]], Awaitable[AbstractSet[str]]]
"""Which of some media ids are in the new collection. Raises StoreUnavailable."""


class Act(Protocol):
    """What is done with a post that is not in the new collection."""

    async def __call__(self, post: LegacyPost) -> Kind:
        """Raises MediaError and the service's errors."""


class Migrate:
    """Fetches, extracts, stores; what is deleted meanwhile does not come back."""

    def __init__(
        self, source: LegacySource, media: Media, uploads: Uploads, target: Target
    ) -> None:
        self._source = source
        self._media = media
        self._uploads = uploads
        self._target = target

    async def __call__(self, post: LegacyPost) -> Kind:
        """See `Act`."""
        medium = await self._media.fetch(post.media_url)
        if not await self._target.put(self._uploads.upload(post, medium)):
            return "known"
        # Whoever deletes a post takes the old point first: gone now, it may have gone before.
        if await self._source.has(post):
            return "done"
        await self._target.delete(post.media_id)
        return "gone"


class Check:
    """Says what can be said without fetching, models, or a write."""

    def __init__(self, media: Media, uploads: Uploads) -> None:
        self._media = media
        self._uploads = uploads

    async def __call__(self, post: LegacyPost) -> Kind:
        """See `Act`."""
        self._uploads.check(post)
        await self._media.check(post.media_url)
        return "done"


class LegacyJob:
    """`Job` of legacy points; one that is known is left alone.

    One that is broken, or has another's media id, has failed.
    """

    def __init__(self, known: Known, act: Act) -> None:
        self._known = known
        self._act = act

    async def sort(self, items: Sequence[LegacyPoint]) -> Sorted[LegacyPoint]:
        """See `Job`."""
        known = await self._known([item.media_id for item in items if isinstance(item, LegacyPost)])
        settled: list[Outcome] = []
        pending: list[LegacyPoint] = []
        for item in items:
            if isinstance(item, LegacyPost) and item.media_id in known:
                settled.append(Outcome("known", item.point_id, item.media_id))
            else:
                pending.append(item)
        return Sorted(settled, pending)

    async def do(self, item: LegacyPoint) -> Outcome:
        """See `Job`."""
        if isinstance(item, BrokenPoint):
            return self.failed(item, "broken-point", item.reason)
        if isinstance(item, SharedId):
            return self.failed(item, "conflict", f"point {item.other} has the same media id")
        return Outcome(await self._act(item), item.point_id, item.media_id)

    def failed(self, item: LegacyPoint, reason: str, detail: str) -> Outcome:
        """See `Job`."""
        media_id = None if isinstance(item, BrokenPoint) else item.media_id
        return Outcome("failed", item.point_id, media_id, reason, detail)
