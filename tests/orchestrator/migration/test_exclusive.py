import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.migration.exclusive import exclusive

_HOLD = """
import os, sys
from pathlib import Path
from orchestrator.migration.exclusive import exclusive

with exclusive(Path(sys.argv[1]), os.getpid()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_is_told_of_the_first(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path, 4711),
        pytest.raises(StartupError, match="another migration is running, process 4711"),
        exclusive(tmp_path, 4712),
    ):
        pass


def test_one_after_the_other_is_fine(tmp_path: Path) -> None:
    for number in (4711, 12):
        with exclusive(tmp_path / "new", number):
            assert (tmp_path / "new" / "migration.lock").read_text() == f"{number}\n"


def test_a_kill_ends_the_hold(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(StartupError, match=f"process {holder.pid};"),
            exclusive(tmp_path, os.getpid()),
        ):
            pass
        holder.kill()
        holder.wait()
    with exclusive(tmp_path, os.getpid()):
        pass
