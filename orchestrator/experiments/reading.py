"""Reads what an experiment's variants served and were answered, some viewers at a time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from orchestrator.errors import NotFound
from orchestrator.experiments.experiment import Experiment
from orchestrator.experiments.report import Counted, Report, make_report
from orchestrator.experiments.tally import Tally
from orchestrator.feed.sessions import Exposure, Sessions
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event

MAX_EVENTS = 20_000
"""Latest events of a viewer that are read."""
_VIEWERS_A_PAGE = 500
_VIEWERS_AT_ONCE = 8


class Reports:
    """Reports of the experiment in force, one at a time, for one event loop."""

    def __init__(self, experiment: Experiment | None, sessions: Sessions, store: Store) -> None:
        self._experiment = experiment
        self._sessions = sessions
        self._store = store
        self._turn = asyncio.Lock()

    @property
    def experiment(self) -> Experiment | None:
        """The experiment in force."""
        return self._experiment

    async def report(self, name: str, *, since: datetime | None = None) -> Report:
        """The report of sessions begun at or after `since`, else the experiment's, or of all.

        Raises NotFound for another name, StoreUnavailable.
        """
        experiment = self._experiment
        if experiment is None or experiment.name != name:
            found = f"{experiment.name!r} is" if experiment else "none is"
            raise NotFound(f"{name!r} is not the experiment that is configured; {found}")
        async with self._turn:
            return make_report(experiment, await self._count(experiment, since or experiment.since))

    async def _count(self, experiment: Experiment, since: datetime | None) -> Counted:
        tallies = {variant.name: Tally() for variant in experiment.variants}
        first_session_at: datetime | None = None
        crossed_viewers = cut_viewers = 0
        async for page in self._pages(tuple(tallies), since):
            viewers = [list(rows) for _, rows in groupby(page, attrgetter("user_id"))]
            true = [rows[0] for rows in viewers if _is_true(experiment, rows)]
            crossed_viewers += len(viewers) - len(true)
            earliest = min(exposure.first_at for exposure in page)
            first_session_at = min(first_session_at or earliest, earliest)
            for start in range(0, len(true), _VIEWERS_AT_ONCE):
                some = true[start : start + _VIEWERS_AT_ONCE]
                answers = await asyncio.gather(*map(self._events_of, some))
                for exposure, events in zip(some, answers, strict=True):
                    tallies[exposure.variant].add(exposure, events)
                    cut_viewers += len(events) == MAX_EVENTS
        return Counted(tallies, first_session_at, crossed_viewers, cut_viewers)

    async def _pages(
        self, variants: tuple[str, ...], since: datetime | None
    ) -> AsyncIterator[list[Exposure]]:
        after = ""
        while page := await self._sessions.exposures(
            variants, since=since, after=after, limit=_VIEWERS_A_PAGE
        ):
            yield page
            after = page[-1].user_id

    async def _events_of(self, exposure: Exposure) -> list[Event]:
        """What the viewer did from the first session on that is counted."""
        return await self._store.events_of(
            exposure.user_id, limit=MAX_EVENTS, since=exposure.first_at
        )


def _is_true(experiment: Experiment, exposures: list[Exposure]) -> bool:
    """Whether a viewer was served the assigned variant alone."""
    assigned = experiment.variant_of(exposures[0].user_id).name
    return all(exposure.variant == assigned for exposure in exposures)
