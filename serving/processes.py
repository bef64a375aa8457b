"""The processes that tritonserver starts for Python models, as Linux shows them in /proc."""

from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_STUB = "triton_python_b"  # the kernel keeps 15 characters of a name


@dataclass(frozen=True)
class Stub:
    """A Python model's process.

    Attributes:
        model: the model it serves; empty once it is dead.
        is_dead: it ended, and tritonserver has not noticed, nor will it.
    """

    process_id: int
    model: str
    is_dead: bool


def stubs_of(server_process_id: int) -> list[Stub]:
    """The Python models' processes that this tritonserver has started."""
    found = (_read_stub(folder, server_process_id) for folder in _PROC.glob("[0-9]*"))
    return [stub for stub in found if stub is not None]


def _read_stub(folder: Path, parent: int) -> Stub | None:
    try:
        head, _, tail = (folder / "stat").read_text("utf-8").rpartition(")")
        command = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None  # it ended while we looked
    state, parent_id = tail.split()[:2]
    if int(parent_id) != parent or not head.endswith(_STUB):
        return None
    # The first argument is a file of the model: <repository>/<model>/<version>/<file>.
    model = Path(command[1].decode()).parts[-3] if len(command) > 1 and command[1] else ""
    return Stub(int(folder.name), model, is_dead=state == "Z")
