"""Memory that was freed, given back to the system."""

import ctypes

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Of glibc; other C libraries have none, and give back by themselves."""


def give_back() -> None:
    """Once what was large is done with: it would stay with this process, in pieces between others.

    Takes some milliseconds, without the interpreter's lock.
    """
    if _TRIM is not None:
        _TRIM(0)
