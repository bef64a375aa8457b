"""Collections made and checked for the models that a real Triton serves."""

from pathlib import Path

import pytest

from orchestrator.store.__main__ import DONE, FAILED, main
from tests.support.triton import ServedTriton


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
        assert main(["check"]) == FAILED
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
    assert main(["check"]) == FAILED
    assert capsys.readouterr().err == f"store: there is no store at {tmp_path / 'store'}\n"
    assert not (tmp_path / "store").exists()
