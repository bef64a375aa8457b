from orchestrator.caching.open import open_cache
from orchestrator.caching.parameters import CacheParameters


async def test_the_url_chooses() -> None:
    mine = open_cache(None, CacheParameters(), entries=3)
    shared = open_cache("redis://127.0.0.1:1", CacheParameters(), entries=3)
    assert (mine.backend, mine.is_shared) == ("process", False)
    assert (shared.backend, shared.is_shared) == ("redis", True)
    await shared.close()
