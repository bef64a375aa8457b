"""What the first start exports: what is lacking, and nothing of what is there."""

import shutil
from pathlib import Path

import pytest

from quickstart.weights import ensure_exported, offline_notice
from tests.support.exporting import exported_artifacts


@pytest.fixture
def unreachable_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without a network and with an empty cache."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


@pytest.fixture
def complete(tmp_path: Path) -> Path:
    """A repository with everything that export writes, and who knows from where."""
    return Path(shutil.copytree(exported_artifacts(), tmp_path / "repository"))


def contents(repository: Path) -> dict[str, tuple[int, int]]:
    """Every file's size and time of change, by its place."""
    return {
        str(path.relative_to(repository)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in repository.rglob("*")
        if path.is_file()
    }


@pytest.mark.usefixtures("unreachable_hub")
def test_a_complete_repository_is_left_as_it_is(
    complete: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = contents(complete)
    ensure_exported(complete)
    assert contents(complete) == before
    assert capfd.readouterr().out == ""


@pytest.mark.usefixtures("unreachable_hub")
def test_only_the_family_that_is_lacking_is_exported(
    complete: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As for `vit` in a repository of an earlier version; MiniLM's export is the shorter one."""
    before = contents(complete)
    (complete / "text_tokenizer/1/tokenizer.json").unlink()
    ensure_exported(complete)
    after = contents(complete)
    assert after.keys() == before.keys()
    assert {name.split("/")[0] for name in after if after[name] != before[name]} == {
        "text_encoder",
        "text_tokenizer",
    }
    said = capfd.readouterr().out
    assert "real MiniLM for text" in said
    assert "CLIP" not in said
    assert "ViT" not in said


def test_the_notice_names_what_stands_in_and_the_command_that_ends_it() -> None:
    every = offline_notice(["clip", "text", "vit"])
    assert "UNTRAINED CLIP for vision" in every
    assert "real MiniLM for text" in every
    assert "UNTRAINED ViT for legacy vectors" in every
    assert "export --models clip,text,vit --clip FOLDER --text FOLDER --vit FOLDER\n" in every
    assert "FEEDLENS_STORE_PATH" in every


def test_the_store_may_stay_when_only_legacy_vectors_change() -> None:
    legacy = offline_notice(["vit"])
    assert "export --models vit --vit FOLDER\n" in legacy
    assert "FEEDLENS_STORE_PATH" not in legacy
    assert "CLIP" not in legacy
