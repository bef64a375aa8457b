"""A feed session: the ranked posts as they stood when the viewer asked, kept for the next pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fallback:
    """That a session was made by another variant than the one that was `chosen`, and why."""

    chosen: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a session's pages are cut from.

    `media_ids` stand in the order of places. `numbers` are float64 or int64 arrays whose first
    axis is the posts'; `notes` is small JSON. `variant` names what ranked them.
    """

    session_id: str
    user_id: str
    created_at: datetime
    seed: int
    media_ids: tuple[str, ...]
    numbers: Mapping[str, NDArray[Any]]
    notes: Mapping[str, Any]
    variant: str

    @property
    def fallback(self) -> Fallback | None:
        """Why `variant` is not what was chosen; None where it is."""
        noted = self.notes.get("fallback")
        return Fallback(**noted) if noted else None

    def signed(self, variant: str, fallback: Fallback | None = None) -> "Snapshot":
        """The same as `variant` made it."""
        noted = {} if fallback is None else {"fallback": asdict(fallback)}
        return replace(self, variant=variant, notes={**self.notes, **noted})


@dataclass(frozen=True, slots=True)
class Reaction:
    """A viewer did something with a post at the moment `at`."""

    user_id: str
    media_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a viewer was served by a variant: `sessions`, and `impressions`, posts of their pages.

    `first_at` is when the first of the sessions began.
    """

    user_id: str
    variant: str
    sessions: int
    impressions: int
    first_at: datetime


class Sessions(Protocol):
    """Keeps sessions for a while, and what they served for longer.

    Every call raises StoreUnavailable where they can't be read or written.
    """

    async def save(self, snapshot: Snapshot, *, served: int) -> None:
        """Keep a session whose first `served` posts are served; durable before it returns.

        Raises Conflict where its id is in use, ValueError for arrays that are not as they must be.
        """

    async def get(self, session_id: str) -> Snapshot | None:
        """The session; None where it is unknown or older than the time to live."""

    async def mark_served(self, session_id: str, upto: int) -> None:
        """Count the first `upto` posts as served; it never falls. An unknown id does nothing."""

    async def served_to(self, user_id: str, *, since: datetime, limit: int = 5000) -> list[str]:
        """Media ids that the viewer's sessions from `since` on served, each once.

        The latest session comes first, each in the order of its places; at most `limit` ids, from
        at most as many sessions.
        """

    async def served_by(self, reactions: Sequence[Reaction]) -> list[str | None]:
        """The variant that served each reaction's post to its viewer; None where none did.

        It is that of the latest session, begun at or before `at`, that served the post.
        """

    async def exposures(
        self, variants: Collection[str], *, since: datetime | None, after: str, limit: int
    ) -> list[Exposure]:
        """What sessions of these variants, begun at or after `since`, served; by viewer, variant.

        Of up to `limit` viewers whose ids follow `after`, in the order of the ids; "" comes before
        all of them. The last answer is empty. Sessions that served nothing do not count.
        """

    async def close(self) -> None:
        """Wait for what is under way, then let go."""
