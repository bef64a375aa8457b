"""Where answers are kept, as the settings say."""

from orchestrator.caching.cache import Cache
from orchestrator.caching.parameters import CacheParameters
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.caching.redis_cache import RedisCache


def open_cache(url: str | None, parameters: CacheParameters, *, entries: int) -> Cache:
    """Redis at `url`, or up to `entries` answers in this process where there is none.

    Raises StartupError for a URL that is none; a Redis that is away is none of its business.
    """
    if url is None:
        return ProcessCache(entries)
    return RedisCache(url, timeout_s=parameters.timeout_s, pause_s=parameters.pause_s)
