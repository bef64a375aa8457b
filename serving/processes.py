"""The processes that tritonserver starts for Python models, as Linux shows them in /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_STUB = "triton_python_b"  # the kernel keeps 15 characters of a name
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat, counted from the state, which follows the name.
_STATE, _PARENT, _USER_TICKS, _SYSTEM_TICKS, _STARTED_AT = 0, 1, 11, 12, 19


@dataclass(frozen=True)
class Stub:
    """A Python model's process at one look.

    Attributes:
        started_at: clock ticks after the machine's start; with the id it names one process ever.
        model: the model it serves; empty once it is dead.
        state: the kernel's letter: S sleeps, R runs, D waits for a disk, T is stopped, Z is dead
            and unnoticed by tritonserver.
        cpu_s: what all its threads have used so far.
    """

    process_id: int
    started_at: int
    model: str
    state: str
    cpu_s: float

    @property
    def key(self) -> tuple[int, int]:
        """What no other process has, nor ever had."""
        return self.process_id, self.started_at

    @property
    def is_dead(self) -> bool:
        return self.state in "ZX"

    @property
    def is_stopped(self) -> bool:
        return self.state == "T"


def stubs_of(server_process_id: int) -> list[Stub]:
    """The Python models' processes that this tritonserver has started."""
    names = (name for name in os.listdir(_PROC) if name.isdigit())  # noqa: PTH208 - half the time
    found = (_read_stub(int(name), server_process_id) for name in names)
    return [stub for stub in found if stub is not None]


def _read_stub(process_id: int, parent: int) -> Stub | None:
    folder = _PROC / str(process_id)
    try:
        head, _, tail = (folder / "stat").read_bytes().decode(errors="replace").rpartition(")")
        fields = tail.split()
        if int(fields[_PARENT]) != parent or not head.endswith(_STUB):
            return None
        command = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None  # it ended while we looked
    return Stub(
        process_id,
        started_at=int(fields[_STARTED_AT]),
        # The first argument is a file of the model: <repository>/<model>/<version>/<file>.
        model=Path(command[1].decode()).parts[-3] if len(command) > 1 and command[1] else "",
        state=fields[_STATE],
        cpu_s=(int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_A_SECOND,
    )
