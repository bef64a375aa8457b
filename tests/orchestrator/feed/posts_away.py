"""The embedded store, without its posts."""

from collections.abc import Sequence

from orchestrator.errors import StoreUnavailable
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.protocol import EVERYTHING, Order
from orchestrator.store.records import Modality, Neighbour, PostFilter, StoredPost, Vector


class PostsAway(EmbeddedStore):
    """Its posts can be away while its events are there."""

    are_away = False

    async def get_posts(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """See `Store`."""
        self._check()
        return await super().get_posts(media_ids, with_vectors=with_vectors)

    async def nearest(
        self, modality: Modality, vector: Vector, *, limit: int, where: PostFilter = EVERYTHING
    ) -> list[Neighbour]:
        """See `Store`."""
        self._check()
        return await super().nearest(modality, vector, limit=limit, where=where)

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """See `Store`."""
        self._check()
        return await super().top(order, limit=limit)

    def _check(self) -> None:
        if self.are_away:
            raise StoreUnavailable("the posts are away")
