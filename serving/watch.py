"""Judges from signs of life whether a model's processes must be replaced; pure, fed by looks.

Busy is not dead. A canary that waits behind slow work, or is refused by a full queue, says nothing
by itself. What condemns a model is one of these:

- a process of it is dead, or has been stopped (SIGSTOP) for a while: the kernel says so, and a
  canary would not always find out, for another instance may answer it;
- canaries fail, twice in a row: Triton calls the process unhealthy, or every answer is an error;
- a canary stays unanswered, no other request is answered either, and the processes use no CPU:
  they wait for something that does not come, such as a lock;
- the same although they compute, for so long that no honest request takes it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from serving.processes import Stub

# A debugger's or a shell's short stop is none of our business.
_STOPPED_S = 2.0
_FAILURES = 2
# The slowest honest request is EasyOCR on a CPU: 17 s at 1,280 px, and several may share a core.
_ENDLESS_S = 60.0
# Of one core. A deadlocked Python process wakes for its health thread alone, far below; on a
# machine with twenty runnable processes a core still gives each of them 5 %.
_IDLE_SHARE = 0.02


@dataclass(frozen=True)
class Verdict:
    """Why a model's processes must be replaced.

    Attributes:
        hung: those that live, but do not answer.
    """

    reason: str
    hung: Sequence[Stub] = ()


@dataclass
class ModelWatch:
    """What is known of one model's health. Times are those of one monotonic clock.

    Attributes:
        silent_s: how long idle processes may leave a canary unanswered.
    """

    silent_s: float
    _stubs: Sequence[Stub] = ()
    _stopped_since_s: dict[int, float] = field(default_factory=dict)
    _cpu: "deque[tuple[float, float]]" = field(default_factory=deque)
    _waiting_since_s: float | None = None
    _is_silent: bool = False
    _failures: list[str] = field(default_factory=list)

    def see(self, stubs: Sequence[Stub], now_s: float) -> None:
        """Takes a look at the model's processes, dead ones included."""
        self._stubs = stubs
        stopped = [stub.process_id for stub in stubs if stub.is_stopped]
        self._stopped_since_s = {
            process_id: self._stopped_since_s.get(process_id, now_s) for process_id in stopped
        }
        # Waiting for a disk is work, too.
        if any(stub.state == "D" for stub in stubs):
            self._cpu.clear()
        self._cpu.append((now_s, sum(stub.cpu_s for stub in stubs)))
        while len(self._cpu) > 1 and self._cpu[1][0] <= now_s - self.silent_s:
            self._cpu.popleft()

    def asked(self, now_s: float) -> None:
        """A canary set out."""
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s

    def stays_silent(self) -> None:
        """That canary was not answered in time, or not let in, nor was anything else answered."""
        self._is_silent = True

    def lives(self) -> None:
        """It has answered: a canary, or somebody else's request."""
        self._waiting_since_s = None
        self._is_silent = False
        self._failures.clear()

    def failed(self, reason: str) -> None:
        """Its canary was answered with an error that is not the canary's fault."""
        self._failures.append(reason)

    def verdict(self, now_s: float) -> Verdict | None:
        """Why its processes must be replaced; None where there is no reason to."""
        stopped = [
            stub
            for stub in self._stubs
            if now_s - self._stopped_since_s.get(stub.process_id, now_s) >= _STOPPED_S
        ]
        dead = [stub for stub in self._stubs if stub.is_dead]
        if dead:
            return Verdict(f"{_processes(dead)} died", stopped)
        if stopped:
            return Verdict(f"{_processes(stopped)} stopped", stopped)
        if len(self._failures) >= _FAILURES:
            return Verdict(f"the canary fails: {self._failures[-1]}", self._stubs)
        return self._hangs(now_s)

    def _hangs(self, now_s: float) -> Verdict | None:
        if self._waiting_since_s is None or not self._is_silent or not self._stubs:
            # Without processes of its own it lives in tritonserver, and can't be replaced alone.
            return None
        waited_s = now_s - self._waiting_since_s
        idle = waited_s >= self.silent_s and self._is_idle(now_s)
        if idle or waited_s >= _ENDLESS_S:
            doing = "idle" if idle else "busy"
            reason = (
                f"{_processes(self._stubs)} gave no answer for {waited_s:.0f} s, though {doing}"
            )
            return Verdict(reason, self._stubs)
        return None

    def _is_idle(self, now_s: float) -> bool:
        since_s, cpu_then_s = self._cpu[0]
        window_s = now_s - since_s
        cpu_now_s = self._cpu[-1][1]
        return window_s >= self.silent_s and cpu_now_s - cpu_then_s < _IDLE_SHARE * window_s


def _processes(stubs: Sequence[Stub]) -> str:
    ids = ", ".join(str(stub.process_id) for stub in stubs)
    return f"process {ids}" if len(stubs) == 1 else f"processes {ids}"
