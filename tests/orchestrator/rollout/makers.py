"""A fake at the seam of `SessionMaker`: fixed posts, and failures where a test wants them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orchestrator.feed.makers import NewSession
from orchestrator.feed.sessions import Snapshot
from tests.orchestrator.store.conformance import NOW


@dataclass
class FakeMaker:
    """Ranks `media_ids`, as soon as `gate` is set, unless it fails with `error`."""

    media_ids: tuple[str, ...] = ("m1", "m2", "m3")
    error: Exception | None = None
    gate: asyncio.Event | None = None
    asked: list[NewSession] = field(default_factory=list)
    cancelled: int = 0

    async def make(self, new: NewSession) -> Snapshot:
        """See `SessionMaker`."""
        self.asked.append(new)
        try:
            if self.gate:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return Snapshot(
            session_id=new.session_id,
            user_id=new.user_id,
            created_at=new.created_at,
            seed=new.seed,
            media_ids=self.media_ids,
            numbers={"score": np.zeros(len(self.media_ids))},
            notes={"new": len(self.media_ids)},
            variant="nameless",
        )

    async def authors(self, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """See `SessionMaker`."""
        if self.error:
            raise self.error
        return {media_id: "ann" for media_id in media_ids if media_id in self.media_ids}


def new_session(user_id: str = "u1", session_id: str = "s1", **changes: object) -> NewSession:
    """A session to be made."""
    given: dict[str, object] = {"created_at": NOW, "seed": 7, **changes}
    return NewSession(session_id=session_id, user_id=user_id, **given)  # type: ignore[arg-type]


async def settled() -> None:
    """Wait for all that runs in the background."""
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
