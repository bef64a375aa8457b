"""Watches the models of a running Triton and has those recovered that no longer answer.

Triton itself never does: a Python model whose process died stays ready and fails every request.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from serving.keeper import Keeper, Rhythm
from serving.loading import Loader
from serving.processes import Stub, stubs_of
from serving.recovery import Report
from serving.repository import Model

# The model of processes that died before they were seen alive.
_NOBODY = ""


class Supervisor:
    """The models of one Triton, each watched, asked and recovered apart from the others.

    Args:
        server_process_id: of tritonserver.
        loader: as the models were loaded at the start.
        report: takes a line for each death and each recovery.
    """

    def __init__(
        self,
        server_process_id: int,
        loader: Loader,
        models: Sequence[Model],
        rhythm: Rhythm,
        report: Report,
    ) -> None:
        self._server_process_id = server_process_id
        self._models_of: dict[tuple[int, int], str] = {}
        self._looking = threading.Lock()  # recoveries look, too
        self._threads = ThreadPoolExecutor(len(models), thread_name_prefix="canary")
        self._keepers = [
            Keeper(
                loader,
                model,
                rhythm,
                processes=partial(self._processes_of, model.name),
                threads=self._threads,
                report=report,
            )
            for model in models
        ]

    def tick(self) -> None:
        """Does what is due; returns at once. Call it every half second or so.

        Raises:
            ServerDiedError: Triton hangs in the load of a model.
        """
        stubs, now_s = self._look(), time.monotonic()
        for keeper in self._keepers:
            # An ensemble whose part is away comes back with it.
            if not keeper.model.is_ensemble or not self._is_recovering:
                keeper.tick(stubs[keeper.model.name], stubs[_NOBODY], now_s)

    def hold(self) -> None:
        """In place of `tick` while Triton itself does not answer: nothing is any model's fault."""
        for keeper in self._keepers:
            keeper.hold()

    def stop(self) -> None:
        """Ends; what still waits for Triton ends with Triton."""
        for keeper in self._keepers:
            keeper.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def _is_recovering(self) -> bool:
        return any(keeper.is_recovering for keeper in self._keepers if not keeper.model.is_ensemble)

    def _processes_of(self, model: str) -> list[Stub]:
        stubs = self._look()
        return stubs[model] + stubs[_NOBODY]

    def _look(self) -> defaultdict[str, list[Stub]]:
        """The processes by model; a dead one does not name its model, but it did when it lived."""
        found: defaultdict[str, list[Stub]] = defaultdict(list)
        with self._looking:
            stubs = stubs_of(self._server_process_id)
            self._models_of = {
                stub.key: stub.model or self._models_of.get(stub.key, _NOBODY) for stub in stubs
            }
            for stub in stubs:
                found[self._models_of[stub.key]].append(stub)
        return found
