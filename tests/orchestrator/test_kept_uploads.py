"""Uploads kept as they came."""

import os
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture
from orchestrator.content.video import Medium, Video
from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.kept_uploads import KeptUploads
from tests.support.full_disk import full_disk


def picture(data: bytes) -> Picture:
    """A picture that nobody looks into."""
    return Picture(data, "sha256:1", width=1, height=1)


def video(data: bytes) -> Video:
    """A video that nobody looks into."""
    return Video(DiskFile.of(data), "sha256:2", "mp4")


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def read(kept: KeptUploads, media_id: str) -> bytes | None:
    """The content of a kept upload."""
    file = await kept.read(media_id)
    if file is None:
        return None
    with file.open() as opened:
        return opened.read()


async def test_what_was_kept_comes_back_until_it_is_forgotten(tmp_path: Path) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep("m1", picture(b"first"))
    await kept.keep("m1", video(b"second"))
    await kept.keep("π/ü ☃", picture(b"other"))
    assert await read(kept, "m1") == b"second"
    assert await read(KeptUploads(tmp_path / "uploads"), "π/ü ☃") == b"other"
    await kept.forget("m1")
    await kept.forget("m1")
    assert await read(kept, "m1") is None
    assert len(files(tmp_path)) == 1


async def test_what_is_being_read_stays_whole(tmp_path: Path) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep("m1", video(b"first"))
    file = await kept.read("m1")
    assert file is not None
    await kept.keep("m1", video(b"second"))
    await kept.forget("m1")
    with file.open() as opened:
        assert opened.read() == b"first"


@pytest.mark.parametrize("media_id", ["../../escaped", "/etc/passwd", "a" * 256, "."])
async def test_no_id_names_a_file_outside(tmp_path: Path, media_id: str) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep(media_id, picture(b"data"))
    await kept.keep_thumbnail(media_id, "sha256:1/../..", b"small")
    assert all(file.is_relative_to(tmp_path / "uploads") for file in files(tmp_path))
    assert len(files(tmp_path)) == 2
    assert await read(kept, media_id) == b"data"


async def test_without_a_folder_nothing_is_kept() -> None:
    kept = KeptUploads(None)
    await kept.keep("m1", picture(b"data"))
    await kept.keep_thumbnail("m1", "sha256:1", b"small")
    assert await kept.read("m1") is None
    assert await kept.read_thumbnail("m1", "sha256:1") is None
    assert not kept.keeps


async def test_a_thumbnail_is_of_one_content_and_goes_with_the_upload(tmp_path: Path) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep("m1", picture(b"data"))
    await kept.keep_thumbnail("m1", "sha256:1", b"small")
    await kept.keep_thumbnail("m1", "sha256:2", b"late")
    await kept.keep_thumbnail("m2", "sha256:1", b"another's")
    assert await kept.read_thumbnail("m1", "sha256:1") == b"small"
    assert await kept.read_thumbnail("m1", "sha256:2") == b"late"
    assert await kept.read_thumbnail("m1", "sha256:3") is None
    await kept.forget("m1")
    assert await kept.read_thumbnail("m1", "sha256:1") is None
    assert await kept.read_thumbnail("m2", "sha256:1") == b"another's"
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("medium", [picture(b"more"), video(b"more")], ids=["picture", "video"])
async def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, medium: Medium) -> None:
    kept = KeptUploads(tmp_path / "uploads")
    await kept.keep("m1", picture(b"data"))
    with full_disk(), pytest.raises(StoreUnavailable, match="can't be kept: File too large"):
        await kept.keep("m1", medium)
    assert await read(kept, "m1") == b"data"
    assert len(files(tmp_path)) == 1
    (file,) = files(tmp_path)
    file.unlink()
    file.mkdir()
    with pytest.raises(StoreUnavailable, match="the upload can't be kept"):
        await kept.keep("m1", medium)
    assert files(tmp_path) == []


async def test_a_large_video_is_never_held_in_memory(tmp_path: Path) -> None:
    with tempfile.TemporaryFile() as file:
        file.truncate(100_000_000)
        large = Video(DiskFile(file), "sha256:3", "mp4")
    kept = KeptUploads(tmp_path / "uploads")
    tracemalloc.start()
    try:
        await kept.keep("m1", large)
        found = await kept.read("m1")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert found is not None
    assert found.size == 100_000_000


async def test_what_a_killed_process_left_is_deleted_by_the_next(tmp_path: Path) -> None:
    await KeptUploads(tmp_path).keep("m1", picture(b"data"))
    stale, young = tmp_path / "drafts" / "stale.draft", tmp_path / "drafts" / "young.draft"
    for draft, age_s in ((stale, 3_700), (young, 10)):
        draft.write_bytes(b"half")
        os.utime(draft, (time.time() - age_s,) * 2)
    kept = KeptUploads(tmp_path)
    assert await read(kept, "m1") == b"data"
    assert young.exists()
    assert not stale.exists()


def test_a_folder_that_can_not_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="FEEDLENS_UPLOADS_PATH"):
        KeptUploads(tmp_path / "file")
