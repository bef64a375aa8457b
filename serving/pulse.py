"""Whether tritonserver itself answers: a hung server must not be taken for hung models."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

SILENT_S = 15.0
# A look at the server must be newer than a verdict about a model, whatever the canaries' rhythm.
_LONGEST_PERIOD_S = 1.0
# A server that is well answers in milliseconds; on a busy machine it may take longer.
_PROMPT_S = 0.5
_PROBE_TIMEOUT_S = 2.0


class Standing(Enum):
    """What is known of the server at one look.

    Attributes:
        ANSWERS: models may be judged.
        LATE: a probe waits longer than usual; nothing is judged until it is back.
        SILENT: it does not answer or is stopped (SIGSTOP); what models owe is its fault.
        LOST: it has been silent for `SILENT_S`, and is not waited for any longer.
    """

    ANSWERS = auto()
    LATE = auto()
    SILENT = auto()
    LOST = auto()


@dataclass
class ServerWatch:
    """Judges the server from its answers; pure. Times are those of one monotonic clock."""

    _asked_at_s: float | None = None
    _silent_since_s: float | None = None

    def asked(self, now_s: float) -> None:
        """A probe set out."""
        self._asked_at_s = now_s

    def answered(self) -> None:
        """The probe came back with an answer."""
        self._asked_at_s = self._silent_since_s = None

    def failed(self, now_s: float) -> None:
        """The probe came back without one."""
        asked_at_s, self._asked_at_s = self._asked_at_s, None
        # Where the launcher was frozen as well, that time does not count.
        latest_s = now_s - _PROBE_TIMEOUT_S
        self._be_silent(latest_s if asked_at_s is None else max(asked_at_s, latest_s))

    def stopped(self, now_s: float) -> None:
        """The kernel says that it is stopped. Only an answer ends that."""
        self._be_silent(now_s)

    def standing(self, now_s: float) -> Standing:
        if self._silent_since_s is not None:
            lost = now_s - self._silent_since_s >= SILENT_S
            return Standing.LOST if lost else Standing.SILENT
        late = self._asked_at_s is not None and now_s - self._asked_at_s > _PROMPT_S
        return Standing.LATE if late else Standing.ANSWERS

    def _be_silent(self, since_s: float) -> None:
        if self._silent_since_s is None:
            self._silent_since_s = since_s


class Pulse:
    """Probes a server in a thread of its own.

    Args:
        process_id: of the server.
        is_live: asks it; may take two seconds.
        every_s: how often it is asked; more than a second is a second.
    """

    def __init__(self, process_id: int, is_live: Callable[[], bool], every_s: float) -> None:
        self._process_id = process_id
        self._is_live = is_live
        self._every_s = min(every_s, _LONGEST_PERIOD_S)
        self._watch = ServerWatch()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pulse")
        self._answer: Future[bool] | None = None
        self._ask_at_s = float("-inf")

    def look(self, now_s: float) -> Standing:
        """How the server stands now; returns at once."""
        if self._answer is not None and self._answer.done():
            if self._answer.result():
                self._watch.answered()
            else:
                self._watch.failed(now_s)
            self._answer = None
        if is_stopped(self._process_id):
            self._watch.stopped(now_s)
        if self._answer is None and now_s >= self._ask_at_s:
            self._ask_at_s = now_s + self._every_s
            self._watch.asked(now_s)
            self._answer = self._thread.submit(self._is_live)
        return self._watch.standing(now_s)

    def stop(self) -> None:
        """Asks no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def is_stopped(process_id: int) -> bool:
    """Whether a process is stopped, by a signal or a debugger; not if there is none."""
    try:
        text = Path(f"/proc/{process_id}/stat").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] in "Tt"
