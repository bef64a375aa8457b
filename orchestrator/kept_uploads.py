"""Uploaded files as they came, kept for models to come."""

import asyncio
import tempfile
from pathlib import Path

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.payloads import point_id
from orchestrator.whole_files import write_whole


class KeptUploads:
    """A folder with one file a post, or none at all where there is no folder.

    Every call raises StoreUnavailable; a file that was kept is whole and on disk.
    """

    def __init__(self, folder: Path | None) -> None:
        """Make the folder on first use; StartupError where it can't be written."""
        self._folder = folder
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as exc:
            raise StartupError(
                f"uploads can't be kept in {folder}: {exc.strerror}; name another folder with "
                "FEEDLENS_UPLOADS_PATH"
            ) from exc

    async def keep(self, media_id: str, data: bytes) -> None:
        """Keep a post's file, in place of one that it had."""
        path = self._path(media_id)
        if path is not None:
            await asyncio.to_thread(_write, path, data)

    async def read(self, media_id: str) -> bytes | None:
        """A post's file; None where none was kept."""
        path = self._path(media_id)
        return None if path is None else await asyncio.to_thread(_read, path)

    async def forget(self, media_id: str) -> None:
        """Delete a post's file, if there is one."""
        path = self._path(media_id)
        if path is not None:
            await asyncio.to_thread(_delete, path)

    def _path(self, media_id: str) -> Path | None:
        """Of the id's hash: no id names a file outside, and no folder holds too many."""
        if self._folder is None:
            return None
        name = point_id(media_id)
        return self._folder / name[:2] / name


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, data)
    except OSError as exc:
        raise StoreUnavailable(f"the upload can't be kept: {exc.strerror}") from exc


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreUnavailable(f"a kept upload can't be read: {exc.strerror}") from exc


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        raise StoreUnavailable(f"a kept upload can't be deleted: {exc.strerror}") from exc
