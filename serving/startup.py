"""Brings up the models of a running Triton: each is loaded, then must answer its canary."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from serving.errors import ModelLoadError
from serving.loading import Loader
from serving.repository import Model

# Told the models that are waited for, and the seconds since the start.
Progress = Callable[[Sequence[str], float], None]

# Loading is importing: more at once than there are cores gains nothing.
_LOADS_AT_ONCE = 3
_TICK_S = 0.1
# From the first request that a dying server refuses until its guard has cleared up after it.
_DEATH_S = 3.0


class Startup:
    """One start of the models of a Triton.

    Args:
        loader: of the server, which may not answer yet.
        models: what to load; ensembles are loaded after their parts.
        check_alive: raises ServerDiedError when the server is gone.
        check_processes: raises ServerDiedError when a model's process died and nothing is said
            of it.
        timeout_s: how long everything together may take.
    """

    def __init__(
        self,
        loader: Loader,
        models: Sequence[Model],
        check_alive: Callable[[], None],
        check_processes: Callable[[], None],
        timeout_s: float,
    ) -> None:
        self._loader = loader
        self._models = models
        self._check_alive = check_alive
        self._check_processes = check_processes
        self._timeout_s = timeout_s
        self._started_at = time.monotonic()
        self._waiting = [model.name for model in models]

    def run(self, progress: Progress) -> None:
        """Returns when every model answers.

        Raises:
            ModelLoadError: a model does not load or answer, or time is up.
            ServerDiedError: what the checks raise.
        """
        executor = ThreadPoolExecutor(_LOADS_AT_ONCE)
        try:
            self._wait_live(progress)
            for ensembles in (False, True):
                stage = [model for model in self._models if model.is_ensemble == ensembles]
                self._bring_up(executor, stage, progress)
        finally:
            # A load that hangs ends with the server, not before.
            executor.shutdown(wait=False, cancel_futures=True)

    def _wait_live(self, progress: Progress) -> None:
        while not self._loader.triton.is_live():
            self._tick(progress)
            time.sleep(_TICK_S)

    def _bring_up(
        self, executor: ThreadPoolExecutor, stage: Sequence[Model], progress: Progress
    ) -> None:
        pending: set[Future[str]] = {
            executor.submit(self._load_and_try, model.name) for model in stage
        }
        while pending:
            done, pending = wait(pending, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            for future in done:
                self._finish(future)
            self._tick(progress)

    def _load_and_try(self, model: str) -> str:
        self._loader.load(model)
        return model

    def _finish(self, future: "Future[str]") -> None:
        try:
            self._waiting.remove(future.result())
        except ModelLoadError:
            # A server that died answers nothing either; that is then the better reason. A
            # process that died is not: Triton ends it where its model does not load.
            self._await_death()
            raise

    def _await_death(self) -> None:
        """Where the server no longer answers: its end is known a moment later."""
        give_up_at_s = time.monotonic() + _DEATH_S
        self._check_alive()
        while time.monotonic() < give_up_at_s and not self._loader.triton.is_live():
            time.sleep(_TICK_S)
            self._check_alive()

    def _tick(self, progress: Progress) -> None:
        self._check_alive()
        self._check_processes()
        elapsed_s = time.monotonic() - self._started_at
        if elapsed_s > self._timeout_s:
            raise ModelLoadError(
                f"not ready after {self._timeout_s:.0f} s; waited for: {', '.join(self._waiting)}"
            )
        progress(tuple(self._waiting), elapsed_s)
