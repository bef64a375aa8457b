"""Which variant makes a viewer's session: a pure function of ids and flags."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from orchestrator.errors import InvalidRequest
from orchestrator.feed.makers import LEGACY, MULTIMODAL
from orchestrator.rollout.flags import Flags

Reason = Literal["override", "switched_off", "percent", "experiment", "rollout"]
Assign = Callable[[str], str | None]
"""The variant that an experiment gives a viewer; None where it gives none."""

_HASHES = 2**64


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant, and what decided for it."""

    variant: str
    reason: Reason


def choose(
    user_id: str,
    flags: Flags,
    *,
    known: Collection[str],
    override: str | None = None,
    assign: Assign | None = None,
) -> Choice:
    """The variant of a new session, one of those that are `known`.

    What a request asks for goes first, then the flags, where there is a legacy ranker, then the
    experiment. Raises InvalidRequest for an `override` that is unknown.
    """
    if override is not None:
        if override not in known:
            raise InvalidRequest(f"unknown variant {override!r}; known are {', '.join(known)}")
        return Choice(override, "override")
    if LEGACY in known and not flags.use_multimodal_embeddings:
        return Choice(LEGACY, "switched_off")
    if LEGACY in known and not is_within(flags.percent, "rollout", user_id):
        return Choice(LEGACY, "percent")
    assigned = assign(user_id) if assign else None
    return Choice(MULTIMODAL, "rollout") if assigned is None else Choice(assigned, "experiment")


def is_within(percent: float, purpose: str, name: str) -> bool:
    """Whether `name` is among the `percent` of all names that its hash puts first.

    A name that is within a percentage is within every greater one. Purposes are independent.
    """
    digest = hashlib.sha256(f"{purpose}:{name}".encode()).digest()
    # Of integers, so that 100 is everyone: as a share, the last hashes would round to 1.
    return int.from_bytes(digest[:8], "big") * 100 < percent * _HASHES
