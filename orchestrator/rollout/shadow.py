"""The other ranker, run beside the one that serves, to see how far the two agree."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from orchestrator.background import Background
from orchestrator.errors import InvalidRequest
from orchestrator.feed.makers import NewSession, SessionMaker
from orchestrator.feed.sessions import Snapshot
from orchestrator.rollout.guard import Failure, made_in_time
from ranking.agreement import overlap_at, rank_biased_overlap, rank_correlation

_LOG = logging.getLogger(__name__)
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two rankings agree; `rank_correlation` is None where they share too little."""

    overlap_at_10: float
    overlap_at_20: float
    rank_biased_overlap: float
    rank_correlation: float | None

    @classmethod
    def between(cls, one: Sequence[str], other: Sequence[str]) -> "Agreement":
        """Of two lists of media ids."""
        return cls(
            overlap_at(one, other, 10),
            overlap_at(one, other, 20),
            rank_biased_overlap(one, other),
            rank_correlation(one, other),
        )


class Means:
    """Means of the agreements that were noted."""

    def __init__(self) -> None:
        self.count = 0
        self._sums = {each.name: 0.0 for each in fields(Agreement)}
        self._counts = dict.fromkeys(self._sums, 0)

    def note(self, agreement: Agreement) -> None:
        """Take in one more."""
        self.count += 1
        for name, value in asdict(agreement).items():
            if value is not None:
                self._sums[name] += value
                self._counts[name] += 1

    @property
    def values(self) -> dict[str, float | None]:
        """By the names of `Agreement`; None where there was no value."""
        return {
            name: total / self._counts[name] if self._counts[name] else None
            for name, total in self._sums.items()
        }


class Shadow:
    """Ranks sessions again in the background, at most two at once; nobody is served them.

    `failed` counts by reason, `skipped` sessions that came while two were being ranked.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._background = Background()
        self._running = 0
        self.means = Means()
        self.failed: Counter[str] = Counter()
        self.skipped = 0

    def compare(self, served: Snapshot, other: SessionMaker, new: NewSession) -> None:
        """Rank by `other` what `served` was made of."""
        if self._running >= _AT_ONCE:
            self.skipped += 1
            return
        self._running += 1
        task = self._background.start(self._compare(served, other, new))
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """End what runs."""
        await self._background.close()

    def _ended(self, _: object) -> None:
        self._running -= 1

    async def _compare(self, served: Snapshot, other: SessionMaker, new: NewSession) -> None:
        try:
            made = await made_in_time(other, new, self._timeout_s)
        except InvalidRequest as exc:
            made = Failure("refused", exc.detail, exc)
        if isinstance(made, Failure):
            self.failed[made.reason] += 1
            _LOG.warning("shadow of session %s failed: %s", new.session_id, made.detail)
            return
        agreement = Agreement.between(served.media_ids, made.media_ids)
        self.means.note(agreement)
        _LOG.info("shadow of %s session %s: %s", served.variant, new.session_id, agreement)
