"""A decoder as it is once an upload has taken it over: locked in by the real jail, it tries `act`.

`python -I taken_over.py [--unfiltered] ACT [ARGUMENT] TASK`. What an act says is the detail of a
refusal, so that a test reads what became of it.
"""

import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from decoding import jail
from decoding.protocol import Refusal, Task, write, write_ready

MEGABYTE = 1_000_000


def opens(path: str) -> str:
    """Read a file."""
    return Path(path).read_text(encoding="ascii")


def connects(port: str) -> str:
    """Talk to somebody on this machine."""
    with socket.socket() as peer:
        peer.connect(("127.0.0.1", int(port)))
    return "connected"


def forks(_: str) -> str:
    """Become two."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    return "forked"


def spawns(program: str) -> str:
    """Start another program, by vfork."""
    return str(subprocess.run([program], check=False).returncode)


def becomes(program: str) -> str:
    """Become another program."""
    os.execv(program, [program])  # noqa: S606


def kills_its_parent(_: str) -> str:
    """End the service."""
    os.kill(os.getppid(), signal.SIGKILL)
    return "killed"


def allocates(megabytes: str) -> str:
    """Fill memory."""
    return str(len(b"x" * (int(megabytes) * MEGABYTE)))


def shares_memory(megabytes: str) -> str:
    """Fill memory of a kind that no limit of this process counts."""
    with mmap.mmap(-1, int(megabytes) * MEGABYTE) as shared:
        return str(len(shared))


def runs_memory(_: str) -> str:
    """Make memory that can be run as code."""
    with mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANON, 7) as code:
        return str(len(code))


def raises_its_limits(_: str) -> str:
    """Allow itself files again."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    return "raised"


def spins(_: str) -> str:
    """Take the processor."""
    while True:
        pass


def sleeps(_: str) -> str:
    """Never come to an end."""
    while True:
        time.sleep(1)


def crashes(_: str) -> str:
    """Read where nothing is."""
    ctypes.string_at(0)
    return "lives"


def aborts(_: str) -> str:
    """As C libraries do that find themselves broken."""
    os.abort()


def exits(status: str) -> str:
    """End without an answer."""
    os._exit(int(status))


def writes(megabytes: str) -> str:
    """Answer without an end."""
    for _ in range(int(megabytes)):
        os.write(1, b"x" * MEGABYTE)
    return "written"


def babbles(megabytes: str) -> str:
    """Fill standard error."""
    for _ in range(int(megabytes)):
        os.write(2, b"x" * MEGABYTE)
    return "said"


def writes_a_file(path: str) -> str:
    """Leave something on the disk."""
    Path(path).write_text("left behind", encoding="ascii")
    return "written"


def falls_silent(_: str) -> str:
    """Close its answer, and stay."""
    os.close(1)
    os.close(2)
    return sleeps("")


def answers(text: str) -> str:
    """Write something else than an answer."""
    os.write(1, text.encode())
    os._exit(0)


def sees(name: str) -> str:
    """Its environment."""
    return os.environ.get(name, "nothing")


def reads(_: str) -> str:
    """What it was given, and how much of it is still to be read."""
    return f"{os.lseek(0, 0, os.SEEK_CUR)} {sys.stdin.buffer.read(20)!r}"


ACTS: dict[str, Callable[[str], str]] = {
    act.__name__: act
    for act in (
        opens,
        connects,
        forks,
        spawns,
        becomes,
        kills_its_parent,
        allocates,
        shares_memory,
        runs_memory,
        raises_its_limits,
        spins,
        sleeps,
        crashes,
        aborts,
        exits,
        writes,
        babbles,
        writes_a_file,
        falls_silent,
        answers,
        sees,
        reads,
    )
}


def _no_filter(libc: ctypes.CDLL) -> str | None:
    return "left out by a test"


def main() -> None:
    """Be locked in, act, say what became of it."""
    *options, act, argument, task_json = sys.argv[1:]
    task = Task.from_json(task_json)
    if "--unfiltered" in options:
        jail._filter = _no_filter
    lacking = jail.enter(memory_bytes=task.memory_bytes, cpu_s=task.cpu_s, answer_fd=1)
    os.write(1, write_ready(lacking))
    try:
        said = ACTS[act](argument)
    except (OSError, MemoryError, ValueError) as exc:
        said = f"{type(exc).__name__}: {exc}"
    os.write(1, write(Refusal("undecodable", said)))
    os._exit(0)


if __name__ == "__main__":
    main()
