"""What of the ViT-only system works beside one generation of the new one, as far as it is used."""

from collections.abc import Callable
from datetime import datetime

from orchestrator.feed.bounded_reads import BoundedReads
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.legacy.maker import LegacyMaker
from orchestrator.legacy.mirror import Mirror
from orchestrator.legacy.side import LegacySide
from orchestrator.store.protocol import Store
from ranking.signals import SignalParameters


def unmigrated_of(
    side: LegacySide | None, store: Store, now: Callable[[], datetime]
) -> Unmigrated | None:
    """Posts for feeds that read both collections."""
    if side is None or not side.parameters.read:
        return None
    timeout_s, pause_s = side.parameters.timeout_s, side.parameters.pause_s
    return Unmigrated(BoundedReads(side.store, timeout_s=timeout_s, pause_s=pause_s), store, now)


def maker_of(
    side: LegacySide | None,
    store: Store,
    profiles: Profiles,
    parameters: FeedParameters,
    signals: SignalParameters,
) -> LegacyMaker | None:
    """The old ranking."""
    if side is None or not side.parameters.read:
        return None
    return LegacyMaker(
        side.store, store, profiles, parameters, half_life_hours=signals.half_life_hours
    )


def mirror_of(side: LegacySide | None) -> Mirror | None:
    """Writes to the old collection, and deletes from it."""
    return Mirror(side) if side else None
