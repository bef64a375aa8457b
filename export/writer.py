"""Files that appear whole or not at all, and together or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from export.errors import CannotWrite, first_line


class Staging:
    """Collects files beside their targets; `commit` puts them in place, else they are dropped.

    A reader of the repository never sees half a file, and an export that fails leaves what was
    there. Raises CannotWrite when the disk is full or a folder is not writable.
    """

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._staged: dict[Path, Path] = {}
        self._new_folders: list[Path] = []

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for staged in self._staged.values():
            staged.unlink(missing_ok=True)
        for folder in reversed(self._new_folders):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def add(self, relative: str, content: bytes) -> Path:
        """Write `content` to be `relative` in the repository; returns where it waits."""
        target = self._repository / relative
        try:
            self._make_folder(target.parent)
            # Known before it is there: an interruption may come between any two steps.
            staged = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
            self._staged[target] = staged
            with staged.open("xb") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _cannot_write(target, error) from error
        return staged

    def commit(self) -> None:
        """Put every file in place of what was there."""
        for target, staged in list(self._staged.items()):
            try:
                staged.replace(target)
            except OSError as error:
                raise _cannot_write(target, error) from error
            del self._staged[target]

    def _make_folder(self, folder: Path) -> None:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            self._new_folders.append(path)
            path.mkdir(exist_ok=True)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is gone when the block ends; raises CannotWrite where none can be made."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="feedlens-")
    except OSError as error:
        raise no_scratch(error) from error
    with folder:
        yield Path(folder.name)


def no_scratch(error: Exception) -> CannotWrite:
    return CannotWrite(
        f"can't write scratch files to {tempfile.gettempdir()}: {first_line(error)}; "
        "make room or name another folder with TMPDIR"
    )


def _cannot_write(target: Path, error: OSError) -> CannotWrite:
    reason = error.strerror or str(error)
    return CannotWrite(
        f"can't write {target}: {reason}; "
        "make room or name a writable folder with --repository, then export again"
    )
