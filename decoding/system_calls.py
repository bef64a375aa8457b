"""The system calls that decoding makes, as a program that the kernel runs before each of them.

Classic BPF over `struct seccomp_data`: the call's number, the machine, six arguments of 64 bits.
Numbers are those of asm/unistd_64.h and asm-generic/unistd.h, constants those of linux/seccomp.h.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

_LOAD, _EQUALS, _HAS_BITS, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_FAIL = 0x00050000
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16

_CLONE_THREAD = 0x00010000
_PROT_EXEC = 0x4
_PR_SET_NAME = 15
# MAP_SHARED, MAP_GROWSDOWN, MAP_HUGETLB: memory that RLIMIT_DATA does not count.
_UNCOUNTED = 0x1 | 0x100 | 0x40000

# Of the memory it has, of what is open, of threads, of time: nothing that names a file or a peer.
_FREE = {
    # name: (x86_64, aarch64)
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "set_robust_list": (273, 99),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "rseq": (334, 293),
}
_MMAP, _MPROTECT = (9, 222), (10, 226)
_CLONE, _CLONE3 = (56, 220), (435, 435)
_PRCTL, _TGKILL = (157, 167), (234, 131)


@dataclass(frozen=True, slots=True)
class _Machine:
    column: int
    audit: int
    seccomp: int


_MACHINES = {
    "x86_64": _Machine(column=0, audit=0xC000003E, seccomp=317),
    "aarch64": _Machine(column=1, audit=0xC00000B7, seccomp=277),
}


def filter_program(machine: str, pid: int) -> tuple[int, bytes] | None:
    """The number of seccomp(2) and a filter for it; None for a machine without a table.

    All calls that are not let through fail with EPERM. `pid` is the process's own, the only one
    that it may send a signal to.
    """
    here = _MACHINES.get(machine)
    if here is None:
        return None
    at = here.column
    program = [
        _load(_MACHINE_AT),
        _step(_EQUALS, here.audit, then=1),
        _step(_RETURN, _KILL),
        _load(_NUMBER_AT),
    ]
    for numbers in _FREE.values():
        program += _on(numbers[at], [_step(_RETURN, _ALLOW)])
    # No memory that could be run: what takes the process over has to do with the code there is.
    program += _on(_MPROTECT[at], _without({2: _PROT_EXEC}))
    program += _on(_MMAP[at], _without({2: _PROT_EXEC, 3: _UNCOUNTED}))
    # A thread, never a process; glibc takes clone where there is no clone3, whose flags lie hidden.
    program += _on(_CLONE[at], _only(0, _HAS_BITS, _CLONE_THREAD))
    program += _on(_CLONE3[at], [_step(_RETURN, _FAIL | errno.ENOSYS)])
    program += _on(_PRCTL[at], _only(0, _EQUALS, _PR_SET_NAME))
    program += _on(_TGKILL[at], _only(0, _EQUALS, pid))
    program.append(_step(_RETURN, _FAIL | errno.EPERM))
    return here.seccomp, b"".join(program)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def _load(offset: int) -> bytes:
    return _step(_LOAD, offset)


def _on(number: int, steps: list[bytes]) -> list[bytes]:
    """Steps that all end the program, for one call alone."""
    return [_step(_EQUALS, number, otherwise=len(steps)), *steps]


def _only(argument: int, test: int, value: int) -> list[bytes]:
    return [
        _load(_ARGUMENTS_AT + 8 * argument),
        _step(test, value, otherwise=1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _FAIL | errno.EPERM),
    ]


def _without(unwanted: dict[int, int]) -> list[bytes]:
    """Let through where none of these arguments has any of its bits."""
    steps = []
    for argument, bits in unwanted.items():
        steps += [
            _load(_ARGUMENTS_AT + 8 * argument),
            _step(_HAS_BITS, bits, otherwise=1),
            _step(_RETURN, _FAIL | errno.EPERM),
        ]
    return [*steps, _step(_RETURN, _ALLOW)]
