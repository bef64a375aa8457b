"""Files that are written whole or not at all."""

import os
import shutil
import uuid
from pathlib import Path
from typing import BinaryIO

_PIECE_BYTES = 1 << 20


def write_whole(path: Path, content: bytes | BinaryIO, *, draft_folder: Path | None = None) -> None:
    """Put a file at `path`, in place of one that is there; it is on disk. Raises OSError.

    Readers see the former file or the new one; of two writers the last one's stays. Of a file as
    `content`, what is left to read is copied piece by piece. What a killed process leaves lies in
    `draft_folder`, on the same file system, or beside the file.
    """
    draft = (draft_folder or path.parent) / f"{path.name}.{uuid.uuid4().hex}.draft"
    try:
        with draft.open("xb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                shutil.copyfileobj(content, file, _PIECE_BYTES)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the names of a folder's files on disk. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
