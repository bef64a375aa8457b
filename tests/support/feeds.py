"""A feed of the real parts on the embedded store, in this process, with a clock of its own."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from orchestrator.feed.cursor import CursorSigner
from orchestrator.feed.feed import FeedService, Page
from orchestrator.feed.listing import Lists
from orchestrator.feed.makers import LEGACY, MULTIMODAL, SessionMaker
from orchestrator.feed.multimodal import FeedRules, MultimodalMaker
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sqlite_sessions import SqliteSessions
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.legacy.maker import LegacyMaker
from orchestrator.rollout.flags import Flags
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.parameters import RolloutParameters
from orchestrator.rollout.rankers import VariantRankers
from orchestrator.rollout.rollout import build_rollout
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.protocol import LegacyStore
from orchestrator.store.records import Event, StoredPost
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.duplicates import DuplicateParameters
from ranking.placing import DiversityParameters
from ranking.rank import Ranking
from ranking.viewer import TasteParameters
from tests.orchestrator.store.conformance import NOW, SCHEMA, post

_MAP = Calibration("identity", (0.0, 1.0), (0.0, 1.0))
IDENTITY = Calibrations(
    visual=ModalityCalibrations(mean=_MAP, pair=_MAP),
    text=ModalityCalibrations(mean=_MAP, pair=_MAP),
    legacy=ModalityCalibrations(mean=_MAP, pair=_MAP),
)
SECRET = b"a secret of these tests"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Move it on, by the names of timedelta."""
        self.now += timedelta(**span)


@dataclass
class Feed:
    """The parts of a feed, opened."""

    store: EmbeddedStore
    sessions: SqliteSessions
    profiles: Profiles
    maker: MultimodalMaker
    service: FeedService
    lists: Lists
    clock: Clock
    _numbers: "count[int]" = field(default_factory=count)

    async def first(self, user_id: str = "u1", limit: int = 10) -> Page:
        """A first page."""
        return await self.service.first_page(user_id, limit=limit)

    async def next(self, page: Page, user_id: str = "u1", limit: int | None = None) -> Page:
        """The page after `page`."""
        assert page.cursor is not None
        return await self.service.next_page(user_id, cursor=page.cursor, limit=limit)

    async def record(
        self,
        kind: str,
        *media_ids: str,
        user_id: str = "u1",
        author_id: str | None = None,
        value: float | None = None,
    ) -> None:
        """Events of now, as POST /v1/events records them."""
        events = [
            Event(
                event_id=f"event-{next(self._numbers)}",
                user_id=user_id,
                media_id=media_id,
                kind=kind,
                at=self.clock(),
                value=value,
                author_id=author_id,
            )
            for media_id in media_ids
        ]
        await self.store.add_events(events)
        self.profiles.note(events)


def ids(page: Page) -> list[str]:
    """The media ids of a page."""
    return [item.media_id for item in page.items]


async def all_pages(feed: Feed, user_id: str = "u1", limit: int = 7) -> list[list[str]]:
    """The media ids of every page of a new session."""
    page = await feed.first(user_id, limit=limit)
    pages = [ids(page)]
    while page.cursor:
        page = await feed.next(page, user_id)
        pages.append(ids(page))
    return pages


def single_post(media_id: str = "m", **changes: object) -> StoredPost:
    """A post that is no copy of another."""
    return post(media_id, **{"content_hash": None, "perceptual_hash": None, **changes})


@asynccontextmanager
async def open_feed(
    folder: Path,
    *,
    parameters: FeedParameters | None = None,
    duplicates: DuplicateParameters | None = None,
    diversity: DiversityParameters | None = None,
    clock: Clock | None = None,
    legacy: LegacyStore | None = None,
    store: EmbeddedStore | None = None,
) -> AsyncIterator[Feed]:
    """A feed on the store in `folder`, made on first use, and on a `legacy` collection.

    A `store` that is given is closed too.
    """
    clock = clock or Clock()
    parameters = parameters or FeedParameters(exploration_share=0.0)
    store = store or EmbeddedStore(folder, SCHEMA)
    sessions = SqliteSessions(
        folder / "sessions.sqlite3",
        ttl_s=parameters.session_ttl_s,
        keep_days=parameters.seen_days,
        now=clock,
    )
    unmigrated = Unmigrated(legacy, store, clock) if legacy else None
    profiles = Profiles(store, parameters, TasteParameters(), clock, legacy=unmigrated)
    ranking = Ranking(IDENTITY, diversity=diversity or DiversityParameters())
    rules = FeedRules(ranking, parameters, duplicates or DuplicateParameters())
    thread = RankingThread()
    flags = FlagsFile(
        folder / "flags.json", Flags(), has_legacy=legacy is not None, clock_s=time.monotonic
    )
    maker = MultimodalMaker(store, profiles, rules, thread, legacy=unmigrated)
    makers: dict[str, SessionMaker] = {MULTIMODAL: maker}
    if legacy:
        makers[LEGACY] = LegacyMaker(legacy, store, profiles, parameters, half_life_hours=24.0)
    rankers = VariantRankers(makers, build_rollout(flags, RolloutParameters()))
    service = FeedService(rankers, profiles, sessions, CursorSigner(SECRET), parameters, clock)
    lists = Lists(store, rules.ranking, clock, thread)
    try:
        yield Feed(store, sessions, profiles, maker, service, lists, clock)
    finally:
        await profiles.close()
        thread.close()
        await sessions.close()
        await store.close()
