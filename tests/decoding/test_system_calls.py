"""The filter as the kernel would run it, for machines that the tests don't run on too."""

import errno
import struct

import pytest

from decoding.system_calls import filter_program

ALLOWED, KILLED = 0x7FFF0000, 0x80000000
REFUSED = 0x00050000 | errno.EPERM
NO_SUCH_CALL = 0x00050000 | errno.ENOSYS
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID = 4711
MACHINES = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
PROT_READ_WRITE, PROT_EXEC = 3, 4
MAP_SHARED, MAP_PRIVATE_ANONYMOUS = 1, 0x22
# Numbers of x86_64 and aarch64.
READ, MMAP, MPROTECT, CLONE = (0, 63), (9, 222), (10, 226), (56, 220)
PRCTL, TGKILL, CLONE3 = (157, 167), (234, 131), (435, 435)
FORBIDDEN = {
    "openat": (257, 56),
    "openat2": (437, 437),
    "socket": (41, 198),
    "connect": (42, 203),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "kill": (62, 129),
    "pidfd_send_signal": (424, 424),
    "process_vm_writev": (311, 271),
    "prlimit64": (302, 261),
    "memfd_create": (319, 279),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "mount": (165, 40),
    "unlinkat": (263, 35),
    "newfstatat": (262, 79),
    "sendmsg": (46, 211),
    "dup3": (292, 24),
    "ioctl": (16, 29),
}


def verdict(machine: str, numbers: tuple[int, int], *arguments: int, audit: int = 0) -> int:
    """What the filter returns for a system call."""
    found = filter_program(machine, PID)
    assert found is not None
    number = numbers[list(AUDIT).index(machine)]
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    call = struct.pack("=iIQ6Q", number, audit or AUDIT[machine], 0, *padded)
    return _run(list(struct.iter_unpack("=HBBI", found[1])), call)


def _run(program: list[tuple[int, ...]], call: bytes) -> int:
    """Those four instructions of classic BPF that the filter is made of."""
    at, loaded = 0, 0
    while True:
        code, then, otherwise, value = program[at]
        at += 1
        if code == 0x20:
            [loaded] = struct.unpack_from("=I", call, value)
        elif code == 0x15:
            at += then if loaded == value else otherwise
        elif code == 0x45:
            at += then if loaded & value else otherwise
        elif code == 0x06:
            return value
        else:
            raise AssertionError(f"no such instruction: {code:#x}")


@MACHINES
def test_what_decoding_needs_is_let_through(machine: str) -> None:
    assert verdict(machine, READ) == ALLOWED
    assert verdict(machine, MMAP, 0, 1, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS) == ALLOWED
    assert verdict(machine, MPROTECT, 0, 1, PROT_READ_WRITE) == ALLOWED
    # glibc's flags for a thread.
    assert verdict(machine, CLONE, 0x3D0F00) == ALLOWED
    assert verdict(machine, PRCTL, 15) == ALLOWED
    assert verdict(machine, TGKILL, PID, PID, 6) == ALLOWED


@MACHINES
@pytest.mark.parametrize("name", FORBIDDEN)
def test_nothing_else_is(machine: str, name: str) -> None:
    assert verdict(machine, FORBIDDEN[name]) == REFUSED


@MACHINES
def test_calls_are_bounded_by_their_arguments(machine: str) -> None:
    assert verdict(machine, MMAP, 0, 1, PROT_EXEC, MAP_PRIVATE_ANONYMOUS) == REFUSED
    assert verdict(machine, MMAP, 0, 1, PROT_READ_WRITE, MAP_SHARED) == REFUSED
    assert verdict(machine, MMAP, 0, 1, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | 0x100) == REFUSED
    assert verdict(machine, MPROTECT, 0, 1, PROT_READ_WRITE | PROT_EXEC) == REFUSED
    # A fork: no flag but the signal for its end.
    assert verdict(machine, CLONE, 17) == REFUSED
    assert verdict(machine, PRCTL, 4) == REFUSED
    assert verdict(machine, TGKILL, PID - 1, PID - 1, 9) == REFUSED


@MACHINES
def test_clone3_is_said_not_to_exist(machine: str) -> None:
    # Its flags lie where a filter can't look; glibc takes clone then.
    assert verdict(machine, CLONE3) == NO_SUCH_CALL


@MACHINES
def test_calls_of_another_machine_kill(machine: str) -> None:
    i386 = 0x40000003
    assert verdict(machine, READ, audit=i386) == KILLED


def test_the_other_numbering_of_x86_64_is_refused() -> None:
    # x32: the same machine, numbers with this bit.
    assert verdict("x86_64", (0x40000000, 0)) == REFUSED


def test_a_machine_without_a_table_has_no_filter() -> None:
    assert filter_program("riscv64", PID) is None
