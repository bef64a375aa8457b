"""GET /health tells what is cached, where, and how much that helps."""

from pathlib import Path
from typing import Any

import pytest

from orchestrator.content.picture import Picture
from orchestrator.deadline import Deadline
from orchestrator.settings import Settings, load_settings
from tests.support.app import App, open_app
from tests.support.redis_server import RedisServer, needs_redis

PICTURE = Picture(b"bytes", "sha256:1", width=100, height=80)
NEVER = {"hits": 0, "misses": 0, "errors": 0, "rate": None}
ONCE = {"hits": 1, "misses": 1, "errors": 0, "rate": 0.5}


async def use(app: App) -> None:
    """The same picture and caption, and the same viewer, twice."""
    for _ in range(2):
        await app.services.extractor.extract(PICTURE, "A cat", Deadline.after(5))
        assert (await app.http.get("/v1/users/u1/preferences")).status_code == 200


async def cache_of(app: App) -> dict[str, Any]:
    cache: dict[str, Any] = (await app.http.get("/health")).json()["cache"]
    return cache


async def test_hits_and_misses_by_kind(tmp_path: Path) -> None:
    async with open_app(tmp_path) as app:
        await use(app)
        assert await cache_of(app) == {
            "backend": "process",
            "kinds": {
                "visual": ONCE,
                "ocr": ONCE,
                "perceptual_hash": NEVER,
                "caption": ONCE,
                "text": ONCE,
                "viewer": ONCE,
            },
        }


@needs_redis
async def test_two_processes_share_a_redis_and_do_without_it(
    tmp_path: Path, redis: RedisServer
) -> None:
    settings = Settings(CACHE_URL=redis.url, cache={"timeout_s": 5})
    for hits, name in enumerate(["one", "other"]):
        async with open_app(tmp_path / name, settings) as app:
            await use(app)
            cache = await cache_of(app)
            assert (cache["backend"], cache["kinds"]["ocr"]["hits"]) == ("redis", hits + 1)
    redis.kill()
    async with open_app(tmp_path / "one", settings) as app:
        await use(app)
        kinds = (await cache_of(app))["kinds"]
        assert (kinds["ocr"]["hits"], kinds["ocr"]["misses"]) == (0, 2)
        assert kinds["ocr"]["errors"] > 0
        # Its own memory still knows the viewer.
        assert (kinds["viewer"]["hits"], kinds["viewer"]["misses"]) == (1, 1)


@pytest.mark.parametrize("name", ["CACHE_URL", "FEEDLENS_CACHE_URL"])
def test_the_address_has_two_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "redis://:hunter2@cache:6379/1")
    settings = load_settings()
    assert settings.cache_url is not None
    assert settings.cache_url.get_secret_value() == "redis://:hunter2@cache:6379/1"
    assert "hunter2" not in repr(settings)
