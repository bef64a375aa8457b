"""What a process gives up for good before it reads what a stranger uploaded.

Two halves, either of which alone keeps it from opening a file or a socket: limits of the kernel
(no file descriptor more, bounded memory and processor time, no capability), and a filter that lets
through just those system calls that decoding makes.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal

from decoding.system_calls import filter_program

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1
_CAPABILITY_VERSION_3 = 0x20080522
_NICENESS = 10
"""Requests go first."""
_STACK_BYTES = 1_000_000 // 4096 * 4096
_ATTRIBUTES_BYTES = 64
"""Of pthread_attr_t, at most."""


class _Instructions(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def enter(*, memory_bytes: int, cpu_s: int, answer_fd: int) -> str | None:
    """Lock this process in; what is imported and open by now is all that it will ever have.

    Allocations beyond `memory_bytes` fail, processor time beyond `cpu_s` ends it by SIGXCPU, the
    parent's end by SIGKILL; `answer_fd` is the pipe that the parent reads.
    Returns why there is no filter of system calls, None where there is one. OSError where the
    limits can't be set: nothing may be decoded then.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _end_with_the_parent(libc, answer_fd)
    os.nice(_NICENESS)
    _shrink_stacks(libc)
    _check(libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _limit(memory_bytes, cpu_s)
    _give_up_capabilities(libc)
    return _filter(libc)


def _end_with_the_parent(libc: ctypes.CDLL, answer_fd: int) -> None:
    _check(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    # It may have died before: then nobody holds the other end of the answer's pipe.
    answer = select.poll()
    answer.register(answer_fd, 0)
    if any(events & select.POLLERR for _, events in answer.poll(0)):
        raise SystemExit("nobody waits for the answer")


def _shrink_stacks(libc: ctypes.CDLL) -> None:
    """Of threads to come: a stack counts as allocated, and would be 8 MB for each of a dozen."""
    attributes = ctypes.create_string_buffer(_ATTRIBUTES_BYTES)
    _check(libc.pthread_attr_init(attributes))
    _check(libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_STACK_BYTES)))
    _check(libc.pthread_setattr_default_np(attributes))


def _limit(memory_bytes: int, cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # The first kills by a signal that tells why, the second where that is held off.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _give_up_capabilities(libc: ctypes.CDLL) -> None:
    """Of root too, who might raise the limits again."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(libc.capset(header, none))


def _filter(libc: ctypes.CDLL) -> str | None:
    machine = os.uname().machine
    found = filter_program(machine, os.getpid())
    if found is None:
        return f"no filter of system calls is known for {machine}"
    number, program = found
    wanted = _Instructions(len(program) // 8, program)
    # TSYNC: for threads that a library may have started by now, too.
    if libc.syscall(
        ctypes.c_long(number),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.byref(wanted),
    ):
        return f"the kernel refuses a filter of system calls: {os.strerror(ctypes.get_errno())}"
    return None


def _check(failed: int) -> None:
    if failed:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
