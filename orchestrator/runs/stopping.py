"""Ctrl-C and SIGTERM as a request to end in order; again, or after a while, at once."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

GRACE_S = 20.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_stopped(
    work: Coroutine[Any, Any, None], stop: Callable[[], None], *, grace_s: float = GRACE_S
) -> bool:
    """Run `work` to its end; False where it was stopped before.

    At the first signal `stop` is called, which should let it end; it is cancelled at the second,
    or `grace_s` later. Raises what `work` raises.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    signalled = False

    def on_signal() -> None:
        nonlocal signalled
        if signalled:
            task.cancel()
            return
        signalled = True
        stop()
        loop.call_later(grace_s, task.cancel)

    for number in _SIGNALS:
        loop.add_signal_handler(number, on_signal)
    try:
        await task
    except asyncio.CancelledError:
        if not signalled:
            raise
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    return not signalled
