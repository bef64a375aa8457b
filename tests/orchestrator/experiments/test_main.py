"""The command beside a running service: the real app on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn

from orchestrator.app import create_app
from orchestrator.experiments.__main__ import DONE, MISMATCH, NO_ANSWER, main
from orchestrator.experiments.configuration import ExperimentSetting
from tests.support.app import App, identity_settings, open_app
from tests.support.feeds import single_post

EXPERIMENT = ExperimentSetting.model_validate(
    {"name": "a/b", "variants": {"calm": {"share": 1}, "bold": {"share": 1}}}
)


async def served(app: App) -> AsyncIterator[str]:
    """The address of the app, served."""
    server = uvicorn.Server(uvicorn.Config(create_app(app.services), log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    settings = identity_settings(tmp_path, experiment=EXPERIMENT)
    async with open_app(tmp_path / "store", settings) as opened:
        await opened.store.put_posts([single_post("p0"), single_post("p1")])
        yield opened


@pytest.fixture
async def url(app: App) -> AsyncIterator[str]:
    async for address in served(app):
        yield address


async def command(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def serve_viewers(app: App, variant: str, count: int) -> None:
    experiment = EXPERIMENT.experiment()
    ids = (f"viewer {number}" for number in range(1000))
    viewers = [each for each in ids if experiment.variant_of(each).name == variant][:count]
    for user_id in viewers:
        assert (await app.post("/v1/feed", user_id=user_id)).json()["variant"] == variant


async def test_the_configured_experiment_is_printed(
    app: App, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await serve_viewers(app, "calm", 3)
    await serve_viewers(app, "bold", 2)
    assert await command("report", "--url", f"{url}/") == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("experiment a/b, sessions from 2026-")
    assert lines[3].split()[:6] == ["calm", "50.0%", "3", "3", "6", "0"]
    assert lines[4].split()[:6] == ["bold", "50.0%", "2", "2", "4", "0"]


async def test_a_mismatch_is_an_exit_code(app: App, url: str) -> None:
    await serve_viewers(app, "bold", 12)
    assert await command("report", "a/b", "--url", url) == MISMATCH
    assert await command("report", "a/b", "--url", url, "--since", "2999-01-01T00:00:00Z") == DONE


async def test_no_answer_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, why in [
        (["other", "--url", url], "'other' is not the experiment that is configured; 'a/b' is"),
        (["--url", url, "--since", "soon"], "query.since: Input should be a valid datetime"),
        (["--url", f"{url}/nowhere"], "Not Found"),
        (["--url", "http://127.0.0.1:9"], "does not answer as Feedlens"),
    ]:
        assert await command("report", *arguments) == NO_ANSWER
        assert why in capsys.readouterr().err


async def test_no_experiment_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_app(tmp_path) as app:
        async for address in served(app):
            assert await command("report", "--url", address) == NO_ANSWER
    assert "no experiment is configured there; see FEEDLENS_EXPERIMENT" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["ftp://host", "file:///etc/passwd", "host:8000"])
def test_only_http_is_asked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["report", "--url", url])
    assert "must begin with http:// or https://" in capsys.readouterr().err
