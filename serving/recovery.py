"""Brings a model back whose processes died or hang, without a restart of tritonserver."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable

from serving.control import ControlError
from serving.errors import ModelLoadError
from serving.loading import Loader
from serving.processes import Stub
from serving.repository import Model

Report = Callable[[str], None]

_UNLOAD_TIMEOUT_S = 10.0
_LONGEST_PAUSE_S = 60.0
# Triton takes a second or two to notice a death in a load where it looks at all.
_STUCK_S = 15.0


class Recovery:
    """One recovery of one model, in a thread of its own: unload, load, canary, until it answers.

    Triton answers a request to a dead process with an error after a second, and never lets go of
    a model that has answered so: its dead process stays a zombie, and its other processes stay.
    Unloading at once keeps that to the requests which are in flight or in the queue; they go on
    with the old processes while new requests are refused, then served by the new.

    Args:
        model: what to recover; an ensemble, which has no processes, is only loaded.
        processes: looks up the processes that the model has now, those of old included.
        hung: those that do not answer. They are killed first, for Triton waits for what they
            hold, and would take them for healthy when it unloads.
        attempt: how many recoveries of the model came shortly before; each makes the pause
            before the load longer.
        report: takes the lines that tell how it goes.

    Attributes:
        replaced: the keys of the model's processes that are no longer in use.
    """

    def __init__(
        self,
        loader: Loader,
        model: Model,
        *,
        processes: Callable[[], Iterable[Stub]],
        hung: Iterable[Stub],
        attempt: int,
        report: Report,
    ) -> None:
        self.attempt = attempt
        self.replaced = {stub.key for stub in processes()}
        self._loader = loader
        self._model = model
        self._processes = processes
        self._hung = list(hung)
        self._report = report
        self._died_at_s: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"recover-{model.name}", daemon=True)
        self._thread.start()

    def is_stuck(self, stubs: Iterable[Stub], now_s: float) -> bool:
        """Whether Triton hangs in the load: a process died in it, and it has not noticed since.

        A death in a process's first moments does that. Nothing ends such a load but Triton's end.
        """
        died = any(stub.is_dead and stub.key not in self.replaced for stub in stubs)
        if not died or self.is_done:
            self._died_at_s = None
        elif self._died_at_s is None:
            self._died_at_s = now_s
        return self._died_at_s is not None and now_s - self._died_at_s >= _STUCK_S

    @property
    def is_done(self) -> bool:
        """Whether the model answers again."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Gives up, in silence; what it waits for in Triton ends with Triton."""
        self._stop.set()

    def _run(self) -> None:
        started_at_s = time.monotonic()
        kill(self._hung)
        while not self._stop.is_set():
            try:
                self._replace()
            except (ModelLoadError, ControlError) as error:
                self._clear_away()
                self.attempt += 1
                self._tell(f"{error}; the next attempt is in {pause_s(self.attempt):.0f} s")
            else:
                self._tell(f"answers again after {time.monotonic() - started_at_s:.1f} s")
                return

    def _replace(self) -> None:
        if not self._model.is_ensemble:
            self._loader.unload_beside_others(self._model.name, _UNLOAD_TIMEOUT_S)
        if not self._stop.wait(pause_s(self.attempt)):
            self._loader.load_beside_others(self._model.name)

    def _clear_away(self) -> None:
        """Ends what a load has left that failed, or did not come to an end."""
        left = list(self._processes())
        self.replaced.update(stub.key for stub in left)
        kill(left)

    def _tell(self, line: str) -> None:
        if not self._stop.is_set():
            self._report(f"{self._model.name}: {line}")


def pause_s(attempt: int) -> float:
    """How long to wait before this attempt, counted from 0: 0, 1, 2, 4 and so on, 60 at most."""
    return 0.0 if attempt == 0 else float(min(_LONGEST_PAUSE_S, 2 ** (attempt - 1)))


def kill(stubs: Iterable[Stub]) -> None:
    """Ends processes that may not react to less; those that are gone already are no trouble."""
    for stub in stubs:
        if not stub.is_dead:
            try:
                os.kill(stub.process_id, signal.SIGKILL)
            except ProcessLookupError:
                continue
