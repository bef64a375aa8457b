"""Runs a server as its parent, and leaves nothing of it behind, whatever happens to the launcher.

Started as a script with nothing but the standard library. The launcher holds the other end of
standard input: when that closes, because the launcher stops the server or was killed itself, the
server is told to end, then killed with every process of its group. The first line of standard
output is the server's process id; the exit status is the server's.
"""

import argparse
import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_POLL_S = 0.05
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Triton keeps its regions


def main() -> int:
    """Runs the command after `--` until it ends or standard input closes."""
    options = _parse_options()
    stops: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stops.append(number))
    # Orphans of the server become ours, so that their end can be waited for.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    with options.log.open("ab") as log:
        server = subprocess.Popen(
            options.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509
        )
    print(server.pid, flush=True)
    while server.poll() is None and not stops and not _input_has_ended():
        reap_orphans(but=server.pid)
    status = _end(server, options.grace_s)
    _remove_leftovers(options.shared_memory_prefix, options.remove)
    return status if status >= 0 else 128 - status


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--grace-s", type=float, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--shared-memory-prefix", required=True)
    parser.add_argument("--remove", type=Path, required=True)
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _input_has_ended() -> bool:
    """Waits a moment for it; nothing is ever written there."""
    readable, _, _ = select.select([sys.stdin], [], [], _POLL_S)
    return bool(readable)


def _end(server: "subprocess.Popen[bytes]", grace_s: float) -> int:
    """Ends the server and its process group; the server's exit status."""
    if server.poll() is None:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(grace_s)
    group = server.pid
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    status = server.wait()
    _reap_group(group)
    return status


def reap_orphans(but: int) -> None:
    """Lets go of ended processes that became this one's children, except `but`'s.

    A killed model's own children end up here; with process id 1, as in a container, anybody's.
    """
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, options)) is not None and ended.si_pid != but:
            os.waitpid(ended.si_pid, 0)


def _reap_group(group: int) -> None:
    while True:
        try:
            process_id, _ = os.waitpid(-group, os.WNOHANG)
        except ChildProcessError:
            return
        if process_id == 0:
            time.sleep(_POLL_S)


def _remove_leftovers(shared_memory_prefix: str, folder: Path) -> None:
    for region in _SHARED_MEMORY.glob(f"{shared_memory_prefix}*"):
        region.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
