"""The processes in which an orchestrator decodes."""

import time

import psutil

_GONE_S = 10.0
_POLL_S = 0.005


def decoders(process_id: int) -> list[psutil.Process]:
    """Those that live below an orchestrator."""
    return [
        child for child in psutil.Process(process_id).children(recursive=True) if _is_decoder(child)
    ]


def wait_for_decoder(process_id: int, within_s: float = 10.0) -> psutil.Process:
    """The first one that comes to life."""
    give_up_at_s = time.monotonic() + within_s
    while time.monotonic() < give_up_at_s:
        for found in decoders(process_id):
            return found
        time.sleep(_POLL_S)
    raise AssertionError("nothing was decoded")


def check_none_left(process_id: int) -> None:
    """An orchestrator has no child at all any more, soon."""
    children = psutil.Process(process_id).children(recursive=True)
    _, alive = psutil.wait_procs(children, timeout=_GONE_S)
    assert alive == []
    assert psutil.Process(process_id).children(recursive=True) == []


def _is_decoder(process: psutil.Process) -> bool:
    try:
        return "decoding" in process.cmdline()
    except psutil.NoSuchProcess:
        return False
