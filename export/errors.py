"""What can stop an export, each with the exit code a caller can act on.

    ExportError
    ├── BadUsage            2  the command line asks for what does not exist
    ├── ParityFailed        3  the ONNX graph and torch disagree
    ├── SourceUnavailable   4  the weights can't be reached, read or turned into a graph
    ├── CannotWrite         5  disk full, no permission
    └── AgreementTooLow     6  a reduced precision is not what fp32 is, and was not forced

Every message is one line and says what to do.
"""

from __future__ import annotations


class ExportError(Exception):
    """Base of all; `exit_code` is the process's."""

    exit_code: int


class BadUsage(ExportError):
    exit_code = 2


class ParityFailed(ExportError):
    exit_code = 3


class SourceUnavailable(ExportError):
    exit_code = 4


class CannotWrite(ExportError):
    exit_code = 5


class AgreementTooLow(ExportError):
    exit_code = 6


def first_line(error: BaseException) -> str:
    """The first line of a foreign error's message, to stand within a message of one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
