"""The seam between paging a feed and ranking it: what makes the session that pages are cut from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestrator.feed.sessions import Snapshot

MULTIMODAL = "multimodal"
"""The variant that ranks by all signals."""
LEGACY = "legacy"
"""The variant of the ViT-only system, which ranks by likeness of pictures alone."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a session is made of; two makers that are given the same one can be compared.

    `served` are media ids that the viewer was served before, the latest first. `weights` replace
    those of the named signals, where the ranker has signals.
    """

    session_id: str
    user_id: str
    created_at: datetime
    seed: int
    served: Sequence[str] = ()
    weights: Mapping[str, float] | None = None


class SessionMaker(Protocol):
    """Ranks posts for a viewer."""

    async def make(self, new: NewSession) -> Snapshot:
        """The session's posts in order; it saves nothing, and may be cancelled at any point.

        Raises InvalidRequest for weights that are none, Unavailable where something is away.
        """

    async def authors(self, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """Those of the posts that still exist, by media id: who made each, None if unknown.

        Raises StoreUnavailable.
        """


class Rankers(Protocol):
    """Chooses between makers."""

    async def make(self, new: NewSession, variant: str | None) -> Snapshot:
        """The session by the maker that `variant` names; None leaves the choice to the rules.

        The snapshot says which one made it. Raises InvalidRequest for a name that is unknown, and
        what the maker raises.
        """

    async def authors(self, variant: str, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """As the maker of that name answers; a name that is unknown by now is MULTIMODAL."""

    def served(self, new: NewSession, snapshot: Snapshot) -> None:
        """Take note of a session whose first page is served."""
