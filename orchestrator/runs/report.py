"""The report: one line of JSON for each point that failed, written as it fails."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path

from orchestrator.errors import StartupError
from orchestrator.runs.errors import ReportFailed
from orchestrator.runs.outcome import Outcome

_BEGINNING = b'{"at": "'


@dataclass(frozen=True, slots=True)
class Failure:
    """A line: `at` in ISO 8601; `media_id` is None where the point has none that can be read."""

    at: str
    point_id: str
    media_id: str | None
    reason: str
    detail: str


class Report:
    """A file that outlives a kill: every line in it is whole.

    It says what fails still: at an orderly end, earlier lines of points that were met again are
    left out.
    """

    def __init__(self, path: Path) -> None:
        """Go on with the report at `path`, made on first use; StartupError where that can't be."""
        self._path = path
        self._earlier = failing_points(path) if path.exists() else set()
        self._met_again: set[str] = set()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._begin = self._end = sum(map(len, _whole_lines(path)))
            os.ftruncate(self._file, self._end)
        except OSError as exc:
            raise StartupError(f"the report {path} can't be written: {exc.strerror}") from exc

    def tell(self, outcome: Outcome) -> None:
        """Note an outcome; ReportFailed where a failure can't be written down."""
        if outcome.point_id in self._earlier:
            self._met_again.add(outcome.point_id)
        if outcome.kind == "failed":
            failure = Failure(
                at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                point_id=outcome.point_id,
                media_id=outcome.media_id,
                reason=outcome.reason,
                detail=outcome.detail,
            )
            line = json.dumps(asdict(failure), ensure_ascii=False)
            # Half a surrogate pair is written as JSON escapes it.
            self._append(line.encode(errors="backslashreplace") + b"\n")

    def close(self) -> None:
        """Tidy up and close; ReportFailed where that can't be, and the lines stay as they are."""
        os.close(self._file)
        if not self._met_again:
            return
        draft = self._path.with_name(f"{self._path.name}.draft")
        try:
            with draft.open("wb") as file:
                file.writelines(self._still_true())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as exc:
            raise ReportFailed(f"the report {draft} can't be written: {exc.strerror}") from exc

    def _append(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            if written < len(line):
                os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as exc:
            os.ftruncate(self._file, self._end)
            raise ReportFailed(f"the report {self._path} can't be written: {exc.strerror}") from exc
        self._end += len(line)

    def _still_true(self) -> Iterator[bytes]:
        read = 0
        for line in _whole_lines(self._path):
            if read >= self._begin or json.loads(line)["point_id"] not in self._met_again:
                yield line
            read += len(line)


def failing_points(path: Path) -> set[str]:
    """The ids of the points in a report; StartupError where the file can't be read, or is none."""
    found = set()
    if path.exists() and not path.is_file():
        # A device may be read without end, a pipe never.
        raise StartupError(f"the report {path} is no regular file")
    try:
        _check_beginning(path)
        for number, line in enumerate(_whole_lines(path), start=1):
            found.add(_failure(line, f"{path}, line {number}").point_id)
    except OSError as exc:
        raise StartupError(f"the report {path} can't be read: {exc.strerror}") from exc
    return found


def _check_beginning(path: Path) -> None:
    """What was killed in its first line left only the beginning of one."""
    with path.open("rb") as file:
        begins = file.read(len(_BEGINNING))
    if not _BEGINNING.startswith(begins):
        raise StartupError(f"{path} is no migration's report; it stays as it is")


def _failure(line: bytes, where: str) -> Failure:
    try:
        read = json.loads(line)
        return Failure(**{field.name: read[field.name] for field in fields(Failure)})
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise StartupError(f"{where}, is no line of a migration's report") from exc


def _whole_lines(path: Path) -> Iterator[bytes]:
    """A kill or a full disk may have left half of the last one."""
    with path.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))
