"""The one module that imports redis: the cache that several processes share."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from orchestrator.caching.cache import CacheUnavailable
from orchestrator.errors import StartupError

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_MAX_CONNECTIONS = 32
_CONNECTION = "connection"


class RedisCache:
    """`Cache` in Redis, which may be away, slow or full: nothing waits for it for long."""

    backend = "redis"
    is_shared = True

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        pause_s: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects when it is first asked; `timer` tells seconds.

        Raises StartupError for a URL that is none.
        """
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._timer = timer
        self._redis = _client(url, timeout_s)
        self._paused_until_s = -math.inf
        self._failing: set[str] = set()

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Cache`."""
        return cast(list[bytes | None], await self._run("read", lambda: self._redis.mget(keys)))

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """See `Cache`."""
        await self._run("write", lambda: self._redis.set(key, value, px=_ms(ttl_s)))

    async def exchange(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes | None]:
        """See `Cache`."""
        # At once: of two who exchange, the later one must see what the earlier one put.
        batch = self._redis.pipeline(transaction=True)
        for key, value in values.items():
            batch.get(key)
            batch.set(key, value, px=_ms(ttl_s))
        return list((await self._run("write", batch.execute))[::2])

    async def get_or_put(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes]:
        """See `Cache`."""
        batch = self._redis.pipeline(transaction=True)
        for key, value in values.items():
            batch.set(key, value, px=_ms(ttl_s), nx=True)
            batch.get(key)
        return list((await self._run("write", batch.execute))[1::2])

    async def close(self) -> None:
        """See `Cache`."""
        await self._redis.aclose(close_connection_pool=True)

    async def _run(self, kind: str, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, within the timeout; after a failure nobody asks until the pause is over."""
        if self._timer() < self._paused_until_s:
            raise CacheUnavailable("Redis did not answer a moment ago")
        if _CONNECTION in self._failing:
            # One request finds out whether it is back, the others need not wait for that.
            self._paused_until_s = self._timer() + self._pause_s
        try:
            answer = await asyncio.wait_for(ask(), self._timeout_s)
        except ResponseError as exc:
            # Full, read-only or not allowed: what else is asked may well be answered.
            raise self._failure(kind, exc) from exc
        except (RedisError, OSError, asyncio.TimeoutError) as exc:
            self._paused_until_s = self._timer() + self._pause_s
            raise self._failure(_CONNECTION, exc) from exc
        self._note_success(kind)
        return answer

    def _failure(self, what: str, exc: Exception) -> CacheUnavailable:
        reason = str(exc) or f"no answer within {self._timeout_s:g} s"
        if what not in self._failing:
            self._failing.add(what)
            _LOG.warning("Redis fails (%s): %s; answers are made anew meanwhile", what, reason)
        return CacheUnavailable(reason)

    def _note_success(self, kind: str) -> None:
        self._paused_until_s = -math.inf
        ended = self._failing & {kind, _CONNECTION}
        if ended:
            self._failing -= ended
            _LOG.warning("Redis answers again (%s)", ", ".join(sorted(ended)))


def _client(url: str, timeout_s: float) -> Redis:
    _check_options(url)
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_MAX_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
            # Neither the handshake of the third protocol nor a name: a connection opens sooner.
            protocol=2,
            driver_info=None,
        )
        # An option that no connection takes is told of at the start, not at each call.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, RedisError) as exc:
        raise StartupError(f"CACHE_URL is no address of Redis: {exc}") from None
    return Redis(connection_pool=pool)


def _check_options(url: str) -> None:
    """Refuse what would change the answers, or how long they are waited for.

    What the parser says of a broken address may quote the password in it, and is not told.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise StartupError(
            "CACHE_URL is no address of Redis: its host or port can't be read; write redis://"
            "user:password@host:6379/0, with %2F, %3F, %23 and %40 for / ? # @ in a password"
        ) from None
    named = (name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    foreign = [name for name in named if name != "db" and not name.startswith("ssl_")]
    if foreign:
        # What is no name may be the rest of a password.
        name = foreign[0][:40] if foreign[0].isidentifier() else "what it says"
        raise StartupError(
            "CACHE_URL is no address of Redis: after its ? it may name db and ssl_ options alone, "
            f"not {name}"
        )


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
