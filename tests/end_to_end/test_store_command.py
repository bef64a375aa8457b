"""Collections made and checked for the models that a real Triton serves."""

import asyncio
from pathlib import Path

import pytest

from orchestrator.store.__main__ import DONE, FAILED, NOT_YET, main
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.place import open_place
from orchestrator.store.served.parameters import QdrantParameters
from tests.support.triton import ServedTriton, free_ports


@pytest.fixture(autouse=True)
def settings(triton: ServedTriton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLENS_TRITON_URL", triton.grpc_url)
    monkeypatch.setenv("FEEDLENS_STORE_PATH", str(tmp_path / "store"))
    monkeypatch.setenv("FEEDLENS_LEGACY__WRITE", "true")


@pytest.mark.parametrize("engine", ["embedded", "path"])
def test_made_then_good(
    engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if engine == "path":
        monkeypatch.setenv("FEEDLENS_QDRANT_URL", f"path:{tmp_path / 'server'}")
        assert main(["check"]) == NOT_YET
        assert capsys.readouterr().out.count("no such collection") == 3
    assert main(["create"]) == DONE
    made = capsys.readouterr().out
    assert [line.split() for line in made.splitlines()[1:]] == [
        ["media_embeddings_v2", "good"],
        ["user_events", "good"],
        ["media_embeddings", "good"],
    ]
    assert main(["check"]) == DONE
    assert capsys.readouterr().out == made


def test_a_store_that_is_not_there_is_not_made_by_a_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (f"embedded:{tmp_path / 'store'}", f"path:{tmp_path / 'mistyped'}"):
        assert main(["check", "--store", name]) == NOT_YET
        told = capsys.readouterr()
        assert (told.err, told.out.count(" missing\n")) == ("", 3)
        assert told.out.endswith(
            "nothing is wrong: what is missing is made on first use, or by the command create\n"
        )
    assert not (tmp_path / "store").exists()
    assert not (tmp_path / "mistyped").exists()


def test_an_old_collection_at_another_qdrant_is_checked_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"path:{tmp_path / 'old'}"
    place = open_place(url, QdrantParameters(), make=True)
    asyncio.run(place.make(LEGACY_POSTS, {"": 5}, {}))
    asyncio.run(place.close())
    monkeypatch.setenv("FEEDLENS_LEGACY__URL", url)
    monkeypatch.delenv("FEEDLENS_LEGACY__WRITE")
    assert main(["check"]) == FAILED
    told = capsys.readouterr().out.splitlines()
    assert told[-4:-2] == [url, "media_embeddings     differs: the unnamed vector [5] by Cosine"]
    assert "drop" not in "".join(told)


def test_a_qdrant_that_is_away_names_its_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FEEDLENS_QDRANT__PREFER_GRPC", "false")
    for setting in ("FEEDLENS_LEGACY__URL", "FEEDLENS_QDRANT_URL"):
        monkeypatch.setenv(setting, f"http://127.0.0.1:{free_ports(1)[0]}")
        assert main(["check"]) == FAILED
        assert capsys.readouterr().err.endswith(f"; {setting} names it\n")
