"""Uploaded files as they came, kept for models to come."""

import asyncio
import hashlib
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture
from orchestrator.content.video import Medium
from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.payloads import point_id
from orchestrator.whole_files import write_whole

_THUMBNAIL = ".thumbnail.jpg"
_STALE_S = 3_600.0


class KeptUploads:
    """A folder with one file a post and its thumbnail, or nothing where there is no folder.

    Every call raises StoreUnavailable; a file that was kept is whole and on disk.
    """

    def __init__(self, folder: Path | None) -> None:
        """Make the folder on first use; StartupError where it can't be written."""
        self._folder = folder
        if folder is None:
            return
        try:
            _drafts(folder).mkdir(parents=True, exist_ok=True)
            _sweep(_drafts(folder))
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as exc:
            raise StartupError(
                f"uploads can't be kept in {folder}: {exc.strerror}; name another folder with "
                "FEEDLENS_UPLOADS_PATH"
            ) from exc

    @property
    def keeps(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    async def keep(self, media_id: str, medium: Medium) -> None:
        """Keep a post's file, in place of one that it had."""
        path = self._path(media_id)
        if path is not None:
            await asyncio.to_thread(_keep, path, medium)

    async def read(self, media_id: str) -> DiskFile | None:
        """A post's file, whatever becomes of it under its name; None where none was kept."""
        path = self._path(media_id)
        return None if path is None else await asyncio.to_thread(_open, path)

    async def has(self, media_id: str) -> bool:
        """Whether a post's file is kept."""
        path = self._path(media_id)
        return path is not None and await asyncio.to_thread(_is_there, path)

    async def keep_thumbnail(self, media_id: str, content_hash: str, jpeg: bytes) -> None:
        """Keep the thumbnail of what has this hash beside the post's file."""
        path = self._path(media_id)
        if path is not None:
            await asyncio.to_thread(_write, _thumbnail(path, content_hash), jpeg)

    async def read_thumbnail(self, media_id: str, content_hash: str) -> bytes | None:
        """The thumbnail of a post whose content has this hash; None where none was kept."""
        path = self._path(media_id)
        if path is None:
            return None
        return await asyncio.to_thread(_read, _thumbnail(path, content_hash))

    async def forget(self, media_id: str) -> None:
        """Delete a post's file and its thumbnail, if there are any."""
        path = self._path(media_id)
        if path is not None:
            await asyncio.to_thread(_delete, path)

    def _path(self, media_id: str) -> Path | None:
        """Of the id's hash: no id names a file outside, and no folder holds too many."""
        if self._folder is None:
            return None
        name = point_id(media_id)
        return self._folder / name[:2] / name


def _drafts(folder: Path) -> Path:
    return folder / "drafts"


def _sweep(drafts: Path) -> None:
    """Delete what killed processes left; what is younger another may be writing."""
    for draft in drafts.iterdir():
        # Another that starts now may delete it first.
        with suppress(FileNotFoundError):
            if time.time() - draft.stat().st_mtime > _STALE_S:
                draft.unlink()


def _thumbnail(path: Path, content_hash: str) -> Path:
    """Beside the file, and of one content: what is kept late is never shown for another."""
    digest = hashlib.sha256(content_hash.encode()).hexdigest()
    return path.with_name(f"{path.name}.{digest[:32]}{_THUMBNAIL}")


def _keep(path: Path, medium: Medium) -> None:
    if isinstance(medium, Picture):
        _write(path, medium.data)
        return
    with medium.file.open() as content:
        _write(path, content)


def _write(path: Path, content: bytes | BinaryIO) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, content, draft_folder=_drafts(path.parents[1]))
    except OSError as exc:
        raise StoreUnavailable(f"the upload can't be kept: {exc.strerror}") from exc


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as exc:
        raise StoreUnavailable(f"a kept upload can't be read: {exc.strerror}") from exc


def _open(path: Path) -> DiskFile | None:
    try:
        with path.open("rb") as file:
            return DiskFile(file)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreUnavailable(f"a kept upload can't be read: {exc.strerror}") from exc


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreUnavailable(f"a kept thumbnail can't be read: {exc.strerror}") from exc


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        for thumbnail in path.parent.glob(f"{path.name}.*{_THUMBNAIL}"):
            thumbnail.unlink(missing_ok=True)
    except OSError as exc:
        raise StoreUnavailable(f"a kept upload can't be deleted: {exc.strerror}") from exc
