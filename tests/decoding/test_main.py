"""The decoder's process from outside, with decoders that misbehave in place of the real one."""

import subprocess
import sys
from dataclasses import replace

from decoding.protocol import Answer, FrameHead, Refusal, Task, read, split_ready

TASK = Task(
    container="mp4",
    max_frames=1,
    max_side_px=10,
    thumbnail_px=5,
    max_pixels=100,
    max_duration_s=10.0,
    memory_bytes=200_000_000,
    cpu_s=10,
)
_MAIN = """
import os, sys, types
from decoding.protocol import Answer, FrameHead
from decoding.refused import Refused
reading = types.ModuleType("decoding.reading")
def decode(upload, task):
    {body}
reading.decode = decode
sys.modules["decoding.reading"] = reading
from decoding.__main__ import main
main()
"""
ANSWER = "return Answer(1.0, 4, 3, 0, (FrameHead(0.5, 4),), (upload.read(4),), b'small')"


def answered(body: str, task: Task = TASK) -> tuple[Answer | Refusal, str]:
    """What the process answers whose decoder does this, and what it says on standard error."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", _MAIN.format(body=body), task.to_json()],
        input=b"wholefile",
        capture_output=True,
        check=True,
        timeout=60,
    )
    ready = split_ready(run.stdout)
    assert ready is not None
    lacking, written = ready
    assert lacking is None
    return read(written, task), run.stderr.decode()


def test_it_answers_with_what_it_decoded() -> None:
    expected = Answer(1.0, 4, 3, 0, (FrameHead(0.5, 4),), (b"whol",), b"small")
    assert answered(ANSWER) == (expected, "")


def test_what_libraries_print_is_no_part_of_the_answer() -> None:
    answer, said = answered(f"print('a'); os.write(1, b'b'); sys.stdout.flush(); {ANSWER}")
    assert isinstance(answer, Answer)
    assert sorted(said) == ["\n", "a", "b"]


def test_a_refusal_says_what_the_decoder_said() -> None:
    answer, said = answered("raise Refused('too-large', 'it is too long')")
    assert (answer, said) == (Refusal("too-large", "it is too long"), "")


def test_too_little_memory_names_the_limit() -> None:
    less = replace(TASK, memory_bytes=64_000_000)
    expected = Refusal("undecodable", "decoding it takes more than 64 MB of memory")
    assert answered("bytearray(100_000_000)", less) == (expected, "")


def test_any_other_error_is_told_to_the_log_alone() -> None:
    answer, said = answered("raise KeyError('/secret/path')")
    assert answer == Refusal("undecodable", "its content can't be read: it is damaged or cut off")
    assert said == "KeyError('/secret/path')\n"


def test_nothing_can_be_opened_while_it_decodes() -> None:
    answer, said = answered("open('/etc/passwd')")
    assert isinstance(answer, Refusal)
    assert said == "PermissionError(1, 'Operation not permitted')\n"
