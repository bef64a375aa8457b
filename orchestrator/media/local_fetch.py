"""Media that are files below one folder."""

import asyncio
import errno
import os
import stat
from pathlib import Path

from orchestrator.media.errors import BadAddress, Missing, OutsideFolder, Oversized, Unreadable

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class LocalFetcher:
    """Reads files of a folder; no path and no link leads out of it."""

    def __init__(self, folder: Path | None, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    async def fetch(self, path: str) -> bytes:
        """The content of a file, by a path from the folder or an absolute one inside it.

        Raises BadAddress, OutsideFolder, Missing, Unreadable or Oversized.
        """
        return await asyncio.to_thread(self._read, path)

    async def check(self, path: str) -> None:
        """Raises what `fetch` would, without reading the file."""
        await asyncio.to_thread(lambda: os.close(self._open(path)))

    def _read(self, path: str) -> bytes:
        with os.fdopen(self._open(path), "rb") as file:
            try:
                # A file may grow while it is read.
                data = file.read(self._max_bytes + 1)
            except OSError as exc:
                raise Unreadable(f"{path}: {exc.strerror}") from exc
        if len(data) > self._max_bytes:
            raise self._oversized(len(data))
        return data

    def _open(self, path: str) -> int:
        """A descriptor of a regular file of acceptable size."""
        try:
            # Without O_NONBLOCK, opening a pipe would wait for its writer.
            opened = os.open(self._inside(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except ValueError as exc:
            raise BadAddress(f"{path!r} is no path: {exc}") from exc
        except RuntimeError as exc:
            raise Unreadable(f"{path} is a link that leads to itself") from exc
        except OSError as exc:
            if exc.errno in _ABSENT:
                raise Missing(f"{path} is not in {self._folder}") from exc
            raise Unreadable(f"{path}: {exc.strerror}") from exc
        status = os.fstat(opened)
        if stat.S_ISREG(status.st_mode) and status.st_size <= self._max_bytes:
            return opened
        os.close(opened)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{path} is no regular file")
        raise self._oversized(status.st_size)

    def _inside(self, path: str) -> Path:
        """The file's place with all links followed."""
        if self._folder is None:
            raise OutsideFolder(
                f"{path} is a path, and no media folder is named; set FEEDLENS_MEDIA__FOLDER"
            )
        folder = self._folder.resolve()
        place = (folder / path).resolve()
        if not place.is_relative_to(folder):
            raise OutsideFolder(f"{path} leads out of {self._folder}")
        return place

    def _oversized(self, size: int) -> Oversized:
        return Oversized(f"the file has {size:,} bytes or more; {self._max_bytes:,} are accepted")
