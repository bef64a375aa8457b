"""Uploads kept as they came."""

from pathlib import Path

import pytest

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.kept_uploads import KeptUploads


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_was_kept_comes_back_until_it_is_forgotten(tmp_path: Path) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep("m1", b"first")
    await kept.keep("m1", b"second")
    await kept.keep("π/ü ☃", b"other")
    assert await kept.read("m1") == b"second"
    assert await KeptUploads(tmp_path / "uploads").read("π/ü ☃") == b"other"
    await kept.forget("m1")
    await kept.forget("m1")
    assert await kept.read("m1") is None
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("media_id", ["../../escaped", "/etc/passwd", "a" * 256, "."])
async def test_no_id_names_a_file_outside(tmp_path: Path, media_id: str) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep(media_id, b"data")
    (file,) = files(tmp_path)
    assert file.is_relative_to(tmp_path / "uploads")
    assert await kept.read(media_id) == b"data"


async def test_without_a_folder_nothing_is_kept() -> None:
    kept = KeptUploads(None)
    await kept.keep("m1", b"data")
    assert await kept.read("m1") is None


async def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep("m1", b"data")
    (file,) = files(tmp_path)
    file.unlink()
    file.mkdir()
    with pytest.raises(StoreUnavailable, match="the upload can't be kept"):
        await kept.keep("m1", b"more")
    assert files(tmp_path) == []


def test_a_folder_that_can_not_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="FEEDLENS_UPLOADS_PATH"):
        KeptUploads(tmp_path / "file")
