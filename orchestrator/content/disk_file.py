"""An upload that stays on disk: too large to be held in memory."""

import hashlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO

_CHUNK_BYTES = 1 << 20


class DiskFile:
    """A file that lives as long as this does, whoever closes or deletes it elsewhere."""

    def __init__(self, file: BinaryIO) -> None:
        """Of an open file, which its owner may close."""
        self._fd = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._fd)

    @classmethod
    def of(cls, data: bytes) -> "DiskFile":
        """A file without a name that holds `data`; OSError where the disk is full."""
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            return cls(file)

    @property
    def size(self) -> int:
        """Bytes."""
        return os.fstat(self._fd).st_size

    def open(self) -> BinaryIO:
        """The file from its start, read-only, with a position of its own."""
        return Path(f"/proc/self/fd/{self._fd}").open("rb")

    def sha256(self) -> str:
        """The hash of the content, in hex."""
        digest = hashlib.sha256()
        with self.open() as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()
