"""What a variant was answered, summed over its viewers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestrator.experiments.ratio import RatioSums
from orchestrator.feed.sessions import Exposure
from orchestrator.store.records import Event, Kind

SEEN: Kind = "view"
ENGAGED: frozenset[Kind] = frozenset({"like", "comment", "share", "save", "follow"})
"""Kinds of events that make an impression an engaged one."""


@dataclass(slots=True)
class Tally:
    """Sums of a variant.

    `impressions` are the posts of pages that were served. `seen` are those with a view, `engaged`
    those with an event of `ENGAGED`, each post once a viewer. `events` counts all by kind.
    """

    sessions: int = 0
    seen: int = 0
    events: Counter[str] = field(default_factory=Counter)
    engagement: RatioSums = field(default_factory=RatioSums)

    @property
    def viewers(self) -> int:
        """How many were served something."""
        return self.engagement.viewers

    @property
    def impressions(self) -> int:
        """How many posts were served."""
        return self.engagement.x

    @property
    def engaged(self) -> int:
        """How many of them were answered."""
        return self.engagement.y

    def add(self, exposure: Exposure, events: Iterable[Event]) -> None:
        """Count a viewer; of `events`, their own, those that are attributed to the variant."""
        seen, engaged = set(), set()
        for event in events:
            if event.variant != exposure.variant:
                continue
            self.events[event.kind] += 1
            if event.kind == SEEN:
                seen.add(event.media_id)
            elif event.kind in ENGAGED:
                engaged.add(event.media_id)
        self.sessions += exposure.sessions
        self.seen += len(seen)
        self.engagement.add(numerator=len(engaged), denominator=exposure.impressions)
