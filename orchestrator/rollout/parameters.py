"""How viewers are moved to the multimodal feed. Each is a setting, FEEDLENS_ROLLOUT__<NAME>."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

_Percent = Annotated[float, Field(ge=0, le=100)]
_Seconds = Annotated[float, Field(gt=0, le=3600)]


@dataclass(frozen=True, slots=True)
class RolloutParameters:
    """`percent` of the viewers get the multimodal feed; the flags file stands above it.

    `shadow_percent` of the new sessions are ranked by the other ranker too, to compare the two.
    `timeout_s`: how long the multimodal ranker has, where the legacy one can stand in for it,
    which then has `legacy_timeout_s`. After `breaker_failures` in a row it is left alone for
    `breaker_open_s`.
    """

    percent: _Percent = 100.0
    shadow_percent: _Percent = 0.0
    timeout_s: _Seconds = 2.0
    legacy_timeout_s: _Seconds = 5.0
    breaker_failures: Annotated[int, Field(ge=1)] = 5
    breaker_open_s: _Seconds = 10.0
