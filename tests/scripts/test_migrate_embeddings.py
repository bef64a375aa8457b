"""The command as a process: the real Triton, the real stores, a real server of media."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.store.collection import Point
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.manifest import read_schema
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.records import StoredPost
from orchestrator.store.served.collection import ensure
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.served.server import QdrantServer
from scripts.migrate_embeddings import main
from tests.orchestrator.media.media_server import (
    Answer,
    MediaServer,
    body,
    redirect,
    serve_media,
)
from tests.orchestrator.migration.old_system import (
    DIMENSION,
    VECTOR,
    open_old_system,
    payload,
    picture,
)
from tests.support import orchestrator
from tests.support.exporting import ROOT
from tests.support.triton import ServedTriton, serve

SCRIPT = ROOT / "scripts" / "migrate_embeddings.py"
_WAIT_S = 120.0


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Command:
    """The command in a folder, with its settings as environment."""

    folder: Path
    environment: dict[str, str]
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def report(self) -> Path:
        return self.folder / "store" / "migration.jsonl"

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(SCRIPT),
            *arguments,
            env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self.started.append(process)
        return process

    async def run(self, *arguments: str) -> Ended:
        return await ended(await self.start(*arguments))

    def failures(self) -> dict[str, str]:
        """Reasons by point."""
        lines = map(json.loads, self.report.read_text().splitlines())
        return {line["point_id"]: line["reason"] for line in lines}

    async def posts(self, *media_ids: str) -> dict[str, StoredPost]:
        path = self.folder / "store"
        store = EmbeddedStore(path, read_schema(path))
        try:
            return await store.get_posts(media_ids, with_vectors=True)
        finally:
            await store.close()


async def ended(process: asyncio.subprocess.Process) -> Ended:
    out, err = await asyncio.wait_for(process.communicate(), _WAIT_S)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def command(tmp_path: Path, triton: ServedTriton) -> AsyncIterator[Command]:
    made = Command(
        tmp_path,
        {
            "FEEDLENS_TRITON_URL": triton.grpc_url,
            "FEEDLENS_STORE_PATH": str(tmp_path / "store"),
            "FEEDLENS_MEDIA__FOLDER": str(tmp_path / "media"),
            "FEEDLENS_MEDIA__ALLOWED_HOSTS": "127.0.0.1",
            "FEEDLENS_MEDIA__PRIVATE_NETWORKS": "127.0.0.1/32",
        },
    )
    yield made
    for process in made.started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def write_old(folder: Path, *points: Mapping[str, Any], local: int = 0) -> None:
    """Points with these changes of payload, after `local` ones whose pictures are files."""
    async with open_old_system(folder) as old:
        for number in range(local):
            await old.add(number)
        for number, changes in enumerate(points, start=local):
            await old.put(number, **changes)


async def test_a_migration_from_the_first_look_to_the_last(command: Command) -> None:
    answers: dict[str, Answer] = {
        "/4.png": body(picture(4)),
        "/moved.png": redirect("/4.png"),
        "/inward.png": redirect("http://169.254.169.254/latest"),
        "/page.png": body(b"<html>gone</html>", Content_Type="image/png"),
    }
    async with serve_media(answers) as server:
        await write_old(
            command.folder,
            {"url": server.url("/moved.png")},
            {"url": server.url("/inward.png")},
            {"url": server.url("/page.png")},
            {"url": "late.png"},
            {"url": None},
            local=4,
        )
        dry = await command.run("--dry-run")
        assert (dry.code, server.requests, command.report.exists()) == (3, [], False)
        assert "could migrate 7 posts" in dry.out
        assert "m7: not-found: late.png is not in" in dry.out
        assert [path.name for path in (command.folder / "store").iterdir() if path.is_dir()] == [
            LEGACY_POSTS
        ]

        first = await command.run("--verify", "--spot-checks", "3")
        assert first.code == 3, first.err
        assert "migrated 5 posts" in first.out
        assert "verified 9 points: 5 are there, 4 are in the report, 0 are missing" in first.out
        assert "made again: 3, of which 0 differ" in first.out
        assert command.failures() == {
            "5": "redirect-refused",
            "6": "undecodable",
            "7": "not-found",
            "8": "no-path",
        }
        posts = await command.posts(*(f"m{number}" for number in range(9)))
        assert sorted(posts) == ["m0", "m1", "m2", "m3", "m4"]
        assert posts["m4"].media_url == server.url("/moved.png")
        assert (posts["m3"].likes, posts["m3"].author_id, posts["m3"].degraded) == (3, "ann", ())

        (command.folder / "media" / "late.png").write_bytes(picture(7))
        again = await command.run("--retry", str(command.report))
        assert again.code == 3
        assert "migrated 1 post in" in again.out
        assert sorted(command.failures()) == ["5", "6", "8"]
        assert (await command.run("--verify-only")).code == 0


async def test_verification_finds_what_is_missing_and_what_is_unlike(command: Command) -> None:
    await write_old(command.folder, local=3)
    assert (await command.run()).code == 0
    path = command.folder / "store"
    store = EmbeddedStore(path, read_schema(path))
    await store.delete_post("m0")
    await store.close()
    (command.folder / "media" / "1.png").write_bytes(picture(99))
    found = await command.run("--verify-only")
    assert found.code == 5
    assert "2 are there, 0 are in the report, 1 are missing\nmissing: 0\n" in found.out
    assert "made again: 2, of which 1 differ\nm1: content_hash is 'sha256:" in found.out


async def test_a_kill_loses_nothing_and_little_is_done_twice(command: Command) -> None:
    """Each medium is fetched once, but for those that were in flight at the kill."""
    gate = asyncio.Event()
    async with serve_media(_pictures(60, held_from=20, gate=gate)) as server:
        await write_old(command.folder, *_addresses(server, 60))
        killed = await command.start("--parallel", "3")
        await _fetched(server, 20)
        killed.send_signal(signal.SIGKILL)
        await ended(killed)
        gate.set()
        done_before = await command.posts(*(f"m{number}" for number in range(60)))
        assert 0 < len(done_before) < 60
        fetched_before = _paths(server)
        assert max(fetched_before.values()) == 1
        assert len(fetched_before) - len(done_before) <= 3
        server.requests.clear()

        resumed = await command.run("--parallel", "3", "--verify", "--spot-checks", "0")
        assert (resumed.code, resumed.err.count("Traceback")) == (0, 0)
        assert f"there before: {len(done_before)} posts" in resumed.out
        assert "60 are there" in resumed.out
        fetched_after = _paths(server)
        assert max(fetched_after.values()) == 1
        assert len(fetched_after) == 60 - len(done_before)
    assert len(await command.posts(*(f"m{number}" for number in range(60)))) == 60


async def test_models_that_stay_away_end_the_run_and_lose_nothing(
    command: Command, exported_repository: Path
) -> None:
    gate = asyncio.Event()
    settled = command.environment["FEEDLENS_TRITON_URL"]
    async with serve_media(_pictures(12, held_from=6, gate=gate)) as server:
        await write_old(command.folder, *_addresses(server, 12))
        with serve(exported_repository, command.folder / "triton") as mortal:
            command.environment["FEEDLENS_TRITON_URL"] = mortal.grpc_url
            running = await command.start("--parallel", "2", "--patience", "2")
            await _fetched(server, 8)
        gate.set()
        away = await ended(running)
        assert away.code == 4
        assert "can't be reached, for 2 s. Run the same command again" in away.out
        assert not command.report.read_bytes()
        assert len(await command.posts(*(f"m{number}" for number in range(12)))) == 6

        command.environment["FEEDLENS_TRITON_URL"] = settled
        assert (await command.run("--verify", "--spot-checks", "0")).code == 0


async def test_told_to_stop_it_says_how_to_go_on(command: Command) -> None:
    gate = asyncio.Event()
    async with serve_media(_pictures(60, held_from=10, gate=gate)) as server:
        await write_old(command.folder, *_addresses(server, 60))
        running = await command.start("--parallel", "3")
        await _fetched(server, 13)
        second = await command.run()
        assert second.code == 1
        assert f"another migration is running, process {running.pid};" in second.err
        running.send_signal(signal.SIGTERM)
        gate.set()
        stopped = await ended(running)
        assert stopped.code == 4
        assert "not all is done: told to stop. Run the same command again to go on" in stopped.out
        assert len(await command.posts(*(f"m{number}" for number in range(60)))) == len(
            _paths(server)
        )
        assert (await command.run()).code == 0
        assert max(_paths(server).values()) == 1


async def test_what_is_missing_is_said_in_a_line(command: Command) -> None:
    (command.folder / "media").mkdir()
    nothing = await command.run()
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err.startswith(f"migrate: there is no collection {LEGACY_POSTS} in ")

    command.environment |= {
        "FEEDLENS_TRITON_URL": "127.0.0.1:1",
        "FEEDLENS_STARTUP_TIMEOUT_S": "0",
    }
    alone = await command.run()
    assert (alone.code, alone.out) == (1, "")
    assert "Triton at 127.0.0.1:1 can't be reached; start it" in alone.err


async def test_a_dry_run_counts_gives_examples_and_names_all_in_a_report(command: Command) -> None:
    await write_old(command.folder, *({"url": "none.png"} for _ in range(25)))
    dry = await command.run("--dry-run")
    assert dry.code == 3
    assert dry.out.count(": not-found: ") == 20
    assert "\nand 5 more; --report FILE names them all\n" in dry.out
    assert "failed: 25 posts (25 not-found)\n" in dry.out
    assert not command.report.exists()
    report = command.folder / "dry.jsonl"
    dry = await command.run("--dry-run", "--report", str(report))
    assert "\nand 5 more\n" in dry.out
    assert len(report.read_text().splitlines()) == 25


async def test_what_the_settings_name_and_is_not_there_is_one_line(command: Command) -> None:
    await write_old(command.folder, local=2)
    command.environment["FEEDLENS_MEDIA__FOLDER"] = "/nowhere"
    lost = await command.run("--dry-run")
    assert (lost.code, lost.out) == (1, "")
    assert lost.err == "migrate: FEEDLENS_MEDIA__FOLDER: there is no folder /nowhere\n"

    command.environment["FEEDLENS_MEDIA__FOLDER"] = str(command.folder / "media")
    command.environment["FEEDLENS_QDRANT__PREFER_GRPC"] = "false"
    command.environment["FEEDLENS_LEGACY__URL"] = "http://127.0.0.1:1"
    away = await command.run("--dry-run")
    assert (away.code, away.out, away.err.count("Traceback")) == (4, "", 0)
    assert "; FEEDLENS_LEGACY__URL names it; run the same command again\n" in away.err


async def test_a_date_to_come_is_told_and_verification_ends_well(command: Command) -> None:
    await write_old(command.folder, local=1)
    async with open_old_system(command.folder) as old:
        await old.add(1, createdAt="2999-01-01T00:00:00Z")
    for code in (3, 3):
        ended = await command.run("--verify")
        assert ended.code == code
        assert "1 are there, 1 are in the report, 0 are missing" in ended.out
        assert "of which 0 differ" in ended.out
    assert command.failures() == {"1": "refused"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--limit", "0"],
        ["--parallel", "many"],
        ["--dry-run", "--verify"],
        ["--retry", "/nowhere/report.jsonl"],
        ["--service", "http://127.0.0.1:1"],
        ["--service", "http://[::1"],
        ["--what"],
    ],
)
def test_a_wrong_command_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.setenv("FEEDLENS_STORE_PATH", str(tmp_path))
    try:
        code: object = main(arguments)
    except SystemExit as exc:
        code = exc.code
    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert said.err.startswith("migrate: ")
    assert said.err.count("\n") == 1


async def test_through_a_running_orchestrator_its_own_store_is_migrated_to(
    command: Command, triton: ServedTriton
) -> None:
    """The old collection is in a Qdrant of its own: the client's local mode here."""
    url = f"path:{command.folder / 'qdrant'}"
    command.environment["FEEDLENS_LEGACY__URL"] = url
    _write_media(command.folder / "media", count=3)
    await _write_served(url, count=3)
    with orchestrator.serve(triton.grpc_url, command.folder / "store") as served:
        locked = await command.run()
        assert locked.code == 1
        assert "is open in another process" in locked.err
        assert "go through that: --service http://127.0.0.1:8000" in locked.err

        assert served.publish("m1", caption="A new upload").status_code == 201
        through = await command.run("--service", served.url, "--verify", "--spot-checks", "2")
        assert through.code == 0, through.err
        assert "migrated 2 posts" in through.out
        assert "there before: 1 post" in through.out
        assert "made again: 2, of which 0 differ" in through.out
        migrated = served.http.get("/v1/media/m2").json()
        assert (migrated["media_url"], migrated["likes"]) == ("2.png", 2)
        assert served.http.get("/v1/media/m1").json()["caption"] == "A new upload"


def _write_media(folder: Path, *, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.png").write_bytes(picture(number))


async def _write_served(url: str, *, count: int) -> None:
    server = QdrantServer(url, QdrantParameters())
    try:
        collection = await ensure(server, LEGACY_POSTS, {UNNAMED: DIMENSION}, {})
        for number in range(count):
            point = Point(str(number), payload(number), {UNNAMED: VECTOR})
            await collection.put([point])
    finally:
        await server.close()


def _pictures(count: int, *, held_from: int, gate: asyncio.Event) -> dict[str, Answer]:
    """A picture a path; after so many requests, the others wait for the gate."""
    asked: list[int] = []

    def answer(number: int) -> Answer:
        async def give(writer: asyncio.StreamWriter) -> None:
            asked.append(number)
            if len(asked) > held_from:
                await gate.wait()
            await body(picture(number))(writer)

        return give

    return {f"/{number}.png": answer(number) for number in range(count)}


def _addresses(server: MediaServer, count: int) -> list[dict[str, str]]:
    return [{"url": server.url(f"/{number}.png")} for number in range(count)]


async def _fetched(server: MediaServer, count: int) -> None:
    give_up_at_s = time.monotonic() + _WAIT_S
    while len(server.requests) < count:
        assert time.monotonic() < give_up_at_s
        await asyncio.sleep(0.01)


def _paths(server: MediaServer) -> Counter[str]:
    return Counter(request.split(" ", 2)[1] for request in server.requests)
