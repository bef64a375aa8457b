"""The command as it is called: exit codes, one line for what fails, a kill in the middle."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from orchestrator.store.__main__ import DONE, FAILED, main
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import Schema
from tests.orchestrator.store.conformance import event, post
from tests.support.triton import free_ports

DIMENSION = 256
SCHEMA = Schema(
    fingerprints={"visual": "clip@1", "text": "mpnet@1"},
    dimensions={"visual": DIMENSION, "text": DIMENSION},
)


async def fill(folder: Path, posts: int) -> None:
    store = EmbeddedStore(folder, SCHEMA)
    vectors = np.random.default_rng(1).standard_normal((posts, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    made = [post(f"m{number}", visual=row, text=row) for number, row in enumerate(vectors)]
    await store.put_posts(made)
    await store.add_events([event("e1")])
    await store.close()


@pytest.fixture
def source(tmp_path: Path) -> str:
    asyncio.run(fill(tmp_path / "source", 60))
    return f"embedded:{tmp_path / 'source'}"


def copy(source: str, target: str, *options: str) -> int:
    return main(["copy", "--from", source, "--to", target, *options])


def test_a_copy_tells_what_is_equal(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy(source, f"path:{tmp_path / 'target'}", "--batch", "7") == DONE
    posts, events = capsys.readouterr().out.splitlines()
    assert posts.startswith("media_embeddings_v2         60 points equal, 60 of them written now; ")
    assert events.startswith("user_events                  1 points equal, 1 of them written now; ")
    assert copy(source, f"path:{tmp_path / 'target'}") == DONE
    again = capsys.readouterr().out
    assert "60 points equal, 0 of them written now" in again
    assert posts.rpartition(" ")[2] in again


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ({"source": "embedded:nowhere"}, "store: there is no store at nowhere"),
        ({"source": "nowhere"}, "store: Qdrant at nowhere can't be opened: it is no http"),
        ({"target": "redis://x"}, "store: Qdrant at redis://x can't be opened: it is no http"),
        ({"target": "embedded:/proc/nothing"}, "store: the store at /proc/nothing can't be"),
        ({"target": "embedded:"}, "store: embedded: names no folder"),
        ({"target": "path:"}, "store: path: names no folder"),
        ({"target": "http://127.0.0.1:PORT"}, "store: Qdrant at http://127.0.0.1:"),
    ],
)
def test_what_fails_is_one_line(
    source: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ends: Mapping[str, str],
    why: str,
) -> None:
    places = {"source": source, "target": f"embedded:{tmp_path / 'target'}", **ends}
    target = places["target"].replace("PORT", str(free_ports(1)[0]))
    assert copy(places["source"], target) == FAILED
    told = capsys.readouterr().err
    assert told.startswith(why)
    assert told.count("\n") == 1


def test_a_place_is_not_copied_onto_itself(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "source")
    for one, other in (
        (source, source),
        (source, f"embedded:{tmp_path / 'link'}"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/"),
    ):
        assert copy(one, other) == FAILED
        assert capsys.readouterr().err == f"store: {one} and {other} are the same place\n"


@pytest.mark.parametrize("batch", ["0", "-1", "10001", "9" * 20, "many"])
def test_so_many_points_at_a_time_are_refused(
    source: str, tmp_path: Path, batch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        copy(source, f"embedded:{tmp_path / 'target'}", "--batch", batch)
    told = capsys.readouterr().err
    assert "argument --batch: " in told
    if batch != "many":
        assert f"must be from 1 to 10000, not {batch}" in told
    assert not (tmp_path / "target").exists()


async def test_a_store_that_is_open_is_named(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = EmbeddedStore(tmp_path / "source", SCHEMA)
    failed = await asyncio.to_thread(copy, source, f"embedded:{tmp_path / 'target'}")
    await held.close()
    assert failed == FAILED
    assert (
        f"store: the store at {tmp_path / 'source'} is open in another" in capsys.readouterr().err
    )


@pytest.mark.parametrize("command", ["create", "check"])
def test_without_triton_nothing_is_said_of_collections(
    command: str,
    source: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEEDLENS_TRITON_URL", f"127.0.0.1:{free_ports(1)[0]}")
    assert main([command, "--store", source]) == FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("store: Triton at 127.0.0.1:")


@pytest.mark.parametrize("engine", ["embedded", "path"])
def test_a_kill_in_the_middle_loses_nothing(
    source: str, tmp_path: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = f"{engine}:{tmp_path / 'target'}"
    killed = [sys.executable, "-m", "tests.orchestrator.store.killed_copy", source, target, "8"]
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    assert copy(source, target) == DONE
    posts = capsys.readouterr().out.splitlines()[0]
    assert " 60 points equal, 20 of them written now" in posts


@pytest.mark.parametrize("kind", ["embedded", "path"])
def test_where_nothing_is_nothing_is_made(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert copy(f"{kind}:{tmp_path / 'empty'}", f"embedded:{tmp_path / 'target'}") == FAILED
    assert "there is no store at" in capsys.readouterr().err
    assert not (tmp_path / "target").exists()
