"""The state of the rollout, which outlives the models that serve."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.rollout.breaker import Breaker
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.guard import Guard
from orchestrator.rollout.parameters import RolloutParameters
from orchestrator.rollout.shadow import Shadow
from orchestrator.rollout.tally import Tally

_SHADOW_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """The flags in force, and how what they ask for goes."""

    flags_file: FlagsFile
    breaker: Breaker
    guard: Guard
    shadow: Shadow
    tally: Tally
    legacy_timeout_s: float

    async def close(self) -> None:
        """End what runs in the background."""
        await self.shadow.close()


def build_rollout(
    flags_file: FlagsFile,
    parameters: RolloutParameters,
    clock_s: Callable[[], float] = time.monotonic,
) -> Rollout:
    """Put the parts together."""
    breaker = Breaker(parameters.breaker_failures, parameters.breaker_open_s, clock_s)
    return Rollout(
        flags_file=flags_file,
        breaker=breaker,
        guard=Guard(breaker, parameters.timeout_s),
        shadow=Shadow(_SHADOW_TIMEOUT_S),
        tally=Tally(),
        legacy_timeout_s=parameters.legacy_timeout_s,
    )
