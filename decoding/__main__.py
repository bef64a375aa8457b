"""`python -I -m decoding '<Task as JSON>' < upload`: decodes one upload, locked in."""

import os
import sys
from collections.abc import Callable
from typing import BinaryIO

from decoding import jail
from decoding.protocol import Answer, Refusal, Task, write, write_ready
from decoding.refused import Refused

_RESERVE_BYTES = 2_000_000


def main() -> None:
    """Answer on standard output; what libraries print goes to standard error."""
    task = Task.from_json(sys.argv[1])
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    # All that is needed is loaded and opened now: nothing can be later.
    from decoding.reading import decode

    upload = open(0, "rb", closefd=False)  # noqa: SIM115 - it stays open
    unfiltered = jail.enter(memory_bytes=task.memory_bytes, cpu_s=task.cpu_s, answer_fd=answer_fd)
    _send(write_ready(unfiltered), answer_fd)
    _send(write(_answer(decode, upload, task)), answer_fd)
    # Without what libraries would do at the end: there is nothing left to be done.
    os._exit(0)


def _answer(
    decode: Callable[[BinaryIO, Task], Answer], upload: BinaryIO, task: Task
) -> Answer | Refusal:
    reserve = bytearray(_RESERVE_BYTES)
    try:
        return decode(upload, task)
    except Refused as refused:
        return Refusal(refused.fault, refused.detail)
    except MemoryError:
        reserve.clear()
        megabytes = task.memory_bytes // 1_000_000
        return Refusal("undecodable", f"decoding it takes more than {megabytes:,} MB of memory")
    except Exception as exc:  # noqa: BLE001 - on bytes that lie, decoders raise anything
        sys.stderr.write(f"{exc!r}\n"[:2000])
        sys.stderr.flush()
        return Refusal("undecodable", "its content can't be read: it is damaged or cut off")


def _send(written: bytes, fd: int) -> None:
    left = memoryview(written)
    while left:
        left = left[os.write(fd, left) :]


if __name__ == "__main__":
    main()
