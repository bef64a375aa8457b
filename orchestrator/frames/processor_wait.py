"""How long a process has waited for a processor: what tells a starved one from a stuck one."""

from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def waited_s(pid: int, proc: Path = _PROC) -> float | None:
    """Seconds that the live threads of `pid` could have run and had no processor, together.

    None where the kernel doesn't tell. A wait that is not over yet is not counted, so it is rather
    too little. Everybody may read this of any process, of one that can't be dumped too.
    """
    waits_ns: list[int] = []
    with suppress(OSError):
        for task in (proc / str(pid) / "task").iterdir():
            # A thread may end meanwhile; a kernel may have no such file.
            with suppress(OSError, ValueError, IndexError):
                # Nanoseconds on a processor, nanoseconds waiting for one, turns.
                waits_ns.append(int((task / "schedstat").read_text("ascii").split()[1]))
    return sum(waits_ns) / 1e9 if waits_ns else None
