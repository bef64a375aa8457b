"""What an embedded store's folder says of itself, and the process that has it."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.generations import Registry
from orchestrator.store.records import Schema
from orchestrator.whole_files import write_whole


@dataclass(frozen=True, slots=True)
class Claim:
    """A folder held for this process."""

    lock: TextIO

    def release(self) -> None:
        """Let another process have it."""
        self.lock.close()


def claim(path: Path) -> Claim:
    """Hold the store's folder, made on first use.

    Raises StartupError where another process holds it or it can't be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("w")
    except OSError as exc:
        raise StartupError(f"the store at {path} can't be written: {exc.strerror}") from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise StartupError(
            f"the store at {path} is open in another process; stop it, or name another folder "
            "with FEEDLENS_STORE_PATH"
        ) from exc
    return Claim(lock)


class Manifest:
    """The generations of a store, in its folder: read and changed by any process."""

    def __init__(self, path: Path) -> None:
        """`path`: of the store."""
        self._path = path / "manifest.json"

    def read(self) -> Registry | None:
        """None where there is no store; StartupError where it says nothing that makes sense."""
        try:
            return Registry.from_json(json.loads(self._path.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as exc:
            raise StartupError(f"the store's {self._path} can't be read: {exc!r}") from exc

    def change(self, edit: Callable[[Registry | None], Registry]) -> Registry:
        """Write what `edit` makes of it, at once and whole; of two processes one waits.

        Raises StoreUnavailable where it can't be written: it is then as it was.
        """
        try:
            with self._locked():
                registry = self.read()
                changed = edit(registry)
                if changed != registry:
                    write_whole(self._path, json.dumps(changed.to_json(), indent=1).encode())
                return changed
        except OSError as exc:
            raise StoreUnavailable(
                f"the store's {self._path} can't be written: {exc.strerror}"
            ) from exc

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def read_schema(path: Path) -> Schema:
    """Whose vectors serve in the store at `path`; StartupError where there is none."""
    registry = Manifest(path).read()
    if registry is None:
        raise StartupError(f"there is no store at {path}")
    return registry.active_view.schema
