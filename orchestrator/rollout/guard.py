"""Calls of a maker that another one can stand in for: bounded in time, none while they fail."""

import asyncio
import logging
from typing import NamedTuple

from orchestrator.errors import InvalidRequest, Unavailable
from orchestrator.feed.makers import NewSession, SessionMaker
from orchestrator.feed.sessions import Snapshot
from orchestrator.rollout.breaker import Breaker

_LOG = logging.getLogger(__name__)


class Failure(NamedTuple):
    """Why there is no session; `error` is for the caller where nothing stands in.

    `reason` is unavailable, timeout, circuit_open or defect.
    """

    reason: str
    detail: str
    error: Exception


class Guard:
    """Makes sessions, or says why not."""

    def __init__(self, breaker: Breaker, timeout_s: float) -> None:
        self._breaker = breaker
        self._timeout_s = timeout_s

    async def make(self, maker: SessionMaker, new: NewSession) -> Snapshot | Failure:
        """The session, or what failed; raises InvalidRequest."""
        attempt = self._breaker.admit()
        if attempt is None:
            retry_in_s = self._breaker.retry_in_s
            detail = f"it failed too often; it is tried again in {retry_in_s:.0f} s"
            return Failure("circuit_open", detail, Unavailable(f"the feed: {detail}"))
        try:
            made = await made_in_time(maker, new, self._timeout_s)
        except BaseException:
            self._breaker.withdrawn(attempt)
            raise
        if isinstance(made, Failure):
            self._breaker.failed(attempt)
            _LOG.warning("a ranker failed, its circuit is %s: %s", self._breaker.state, made.detail)
        else:
            self._breaker.succeeded(attempt)
        return made


async def made_in_time(
    maker: SessionMaker, new: NewSession, timeout_s: float
) -> Snapshot | Failure:
    """The session, or what failed; raises InvalidRequest, for which the caller is to blame."""
    try:
        return await asyncio.wait_for(maker.make(new), timeout_s)
    except asyncio.TimeoutError:
        detail = f"no answer within {timeout_s:g} s"
        return Failure("timeout", detail, Unavailable(f"the feed: {detail}"))
    except Unavailable as exc:
        return Failure("unavailable", exc.detail, exc)
    except InvalidRequest:
        raise
    except Exception:  # noqa: BLE001 - a defect here must not take the feed down
        _LOG.exception("a ranker has a defect")
        detail = "an unexpected error; see the log"
        return Failure("defect", detail, Unavailable(f"the feed: {detail}"))
