"""One migration at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import StartupError

_NAME = "migration.lock"


@contextmanager
def exclusive(folder: Path, process_id: int) -> Iterator[None]:
    """Hold a folder's lock; StartupError names the process that has it, or why there is none.

    The lock ends with the process, however that ends.
    """
    path = folder / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as exc:
        raise StartupError(f"{path} can't be written: {exc.strerror}") from exc
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = path.read_text().strip() or "unknown"
            raise StartupError(
                f"another migration is running, process {holder}; wait for it, or stop it"
            ) from exc
        file.truncate(0)
        file.write(f"{process_id}\n")
        file.flush()
        yield
