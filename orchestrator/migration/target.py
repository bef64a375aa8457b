"""Where posts are migrated to."""

from collections.abc import Sequence
from typing import Protocol

from orchestrator.errors import InferenceUnavailable
from orchestrator.extraction.extract import Extractor
from orchestrator.inference.readiness import Readiness
from orchestrator.migration.writing import Writer
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from orchestrator.time_limits import TimeLimits
from orchestrator.upload import Upload, extract_post


class Target(Protocol):
    """A store that posts go to, and the models that make them."""

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """Those of the posts that exist, by media id. Raises StoreUnavailable."""

    async def known(self, media_ids: Sequence[str]) -> set[str]:
        """Those of the posts that exist and need nothing more. Raises StoreUnavailable."""

    async def make(self, upload: Upload) -> StoredPost:
        """The post of an upload, whole, stored nowhere.

        Raises UndecodableMedia or InvalidRequest where a model refuses it, InferenceUnavailable
        where a part of it can't be had.
        """

    async def put(self, upload: Upload) -> bool:
        """Make the post and store it; False where one with its media id is stored, and stays.

        Raises what `make` raises, StoreUnavailable, and FingerprintMismatch for other models.
        """

    async def delete(self, media_id: str) -> None:
        """Delete a post, if there is one. Raises StoreUnavailable."""

    async def is_well(self) -> bool:
        """Whether models and store answer."""


class StoreTarget:
    """Models and a store, spoken to directly."""

    def __init__(
        self, extractor: Extractor, readiness: Readiness, store: Store, limits: TimeLimits
    ) -> None:
        """`limits` are for all that is asked about one post."""
        self._extractor = extractor
        self._readiness = readiness
        self._store = store
        self._writer = Writer(store)
        self._limits = limits

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """See `Target`."""
        return await self._store.get_posts(media_ids, with_vectors=with_vectors)

    async def known(self, media_ids: Sequence[str]) -> set[str]:
        """See `Target`."""
        return set(await self._store.get_posts(media_ids))

    async def make(self, upload: Upload) -> StoredPost:
        """See `Target`."""
        deadline = self._limits.deadline(upload.medium)
        post = await extract_post(self._extractor, upload, deadline)
        if post.degraded:
            missing = ", ".join(post.degraded)
            raise InferenceUnavailable(f"models failed to give: {missing}", model=post.degraded[0])
        return post

    async def put(self, upload: Upload) -> bool:
        """See `Target`."""
        post = await self.make(upload)
        return await self._writer.put_new(post)

    async def delete(self, media_id: str) -> None:
        """See `Target`."""
        await self._store.delete_post(media_id)

    async def is_well(self) -> bool:
        """See `Target`."""
        return not await self._readiness.failures()

    async def close(self) -> None:
        """Wait for the writes that go on; the store stays open."""
        await self._writer.close()
