"""What the rollout did since the start, in numbers."""

from collections import Counter
from dataclasses import dataclass, field

from orchestrator.feed.sessions import Snapshot


@dataclass(frozen=True, slots=True)
class Tally:
    """Sessions that were served: all, and those without a post, by variant.

    `fallbacks` by reason; `unanswered` are those of them where the legacy ranker failed too, by
    the reason why it was asked.
    """

    sessions: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    fallbacks: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)

    def served(self, snapshot: Snapshot) -> None:
        """Count a session."""
        self.sessions[snapshot.variant] += 1
        if not snapshot.media_ids:
            self.empty[snapshot.variant] += 1
