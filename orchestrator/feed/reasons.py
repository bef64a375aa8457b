"""Why a post stands where it stands, in a few words."""

from collections.abc import Mapping
from types import MappingProxyType

from ranking.types import Signal

_PHRASES = MappingProxyType(
    {
        "visual": "looks like posts you liked",
        "text": "is about what you liked",
        "engagement": "is popular",
        "recency": "is new",
    }
)
STRONG = 0.5
"""A signal above this value is worth telling; at one half it says nothing."""
MOST_PHRASES = 2


def reason(signals: Mapping[str, Signal | None], *, explored: bool = False) -> str:
    """The signals that contributed most, strong ones only; adds variety when nothing else did.

    A post that chance gave its place (`explored`) says so.
    """
    if explored:
        return "is new and few have seen it yet"
    strong = [
        (-signal.contribution, name)
        for name, signal in signals.items()
        if name in _PHRASES and signal is not None and signal.value > STRONG and signal.weight
    ]
    if not strong:
        variety = signals.get("diversity")
        return "adds variety to your feed" if variety and variety.weight else "is worth a look"
    return " and ".join(_PHRASES[name] for _, name in sorted(strong)[:MOST_PHRASES])
