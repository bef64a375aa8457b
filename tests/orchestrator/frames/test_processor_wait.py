"""Waiting for a processor, as the kernel tells it."""

from pathlib import Path

import pytest

from orchestrator.frames.processor_wait import waited_s


def kernel(proc: Path, **schedstats: str | None) -> Path:
    """That tells this of the threads of process 7."""
    for thread, text in schedstats.items():
        task = proc / "7" / "task" / thread.removeprefix("t")
        task.mkdir(parents=True)
        if text is not None:
            (task / "schedstat").write_text(text, "ascii")
    return proc


def test_the_waits_of_all_threads_count(tmp_path: Path) -> None:
    told = kernel(tmp_path, t7="9000000000 1500000000 12\n", t8="4 250000000 3\n")
    assert waited_s(7, told) == 1.75


def test_a_thread_that_has_ended_is_left_out(tmp_path: Path) -> None:
    assert waited_s(7, kernel(tmp_path, t7="1 2000000000 1\n", t8=None)) == 2.0


@pytest.mark.parametrize("text", [None, "", "12\n", "a b c\n"])
def test_a_kernel_that_does_not_tell(text: str | None, tmp_path: Path) -> None:
    assert waited_s(7, kernel(tmp_path, t7=text)) is None


def test_a_process_that_is_gone(tmp_path: Path) -> None:
    assert waited_s(7, tmp_path) is None
