"""The makers of feed sessions by the names of their variants."""

from collections.abc import Mapping, Sequence

from orchestrator.errors import InvalidRequest
from orchestrator.feed.makers import MULTIMODAL, NewSession, SessionMaker
from orchestrator.feed.sessions import Snapshot


class VariantRankers:
    """`Rankers` over makers by name; MULTIMODAL is one of them."""

    def __init__(self, makers: Mapping[str, SessionMaker]) -> None:
        self._makers = dict(makers)

    async def make(self, new: NewSession, variant: str | None) -> Snapshot:
        """See `Rankers`."""
        name = variant or MULTIMODAL
        if name not in self._makers:
            raise InvalidRequest(f"unknown variant {name!r}; known are {', '.join(self._makers)}")
        return (await self._makers[name].make(new)).signed(name)

    async def authors(self, variant: str, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """See `Rankers`."""
        maker = self._makers.get(variant, self._makers[MULTIMODAL])
        return await maker.authors(media_ids)

    def served(self, new: NewSession, snapshot: Snapshot) -> None:
        """See `Rankers`."""
