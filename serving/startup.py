"""Brings up the models of a running Triton: each is loaded, then must answer its canary."""

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from serving.backends.errors import one_line
from serving.canary import run_canary
from serving.errors import ModelLoadError
from serving.repository import Model
from serving.triton_http import TritonHttp, TritonHttpError

# Told the models that are waited for, and the seconds since the start.
Progress = Callable[[Sequence[str], float], None]

# Loading is importing: more at once than there are cores gains nothing.
_LOADS_AT_ONCE = 3
_TICK_S = 0.1

_STUB_ERROR = re.compile(
    r"UNAVAILABLE state: (?:[A-Z][\w ]*: )?(?P<reason>.*?)(?:\n\nAt:|;?\s*$)", re.S
)
_EXCEPTION_NAME = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception): ")


class Startup:
    """One start of the models of a Triton.

    Args:
        triton: the server, which may not answer yet.
        models: what to load; ensembles are loaded after their parts.
        known_model: a model whose card the canary of `model_card` asks for.
        check_alive: raises ServingError when the server is gone.
        timeout_s: how long everything together may take.
    """

    def __init__(
        self,
        triton: TritonHttp,
        models: Sequence[Model],
        known_model: str | None,
        check_alive: Callable[[], None],
        timeout_s: float,
    ) -> None:
        self._triton = triton
        self._models = models
        self._known_model = known_model
        self._check_alive = check_alive
        self._timeout_s = timeout_s
        self._started_at = time.monotonic()
        self._waiting = [model.name for model in models]

    def run(self, progress: Progress) -> None:
        """Returns when every model answers.

        Raises:
            ModelLoadError: a model does not load or answer, or time is up.
            ServingError: what `check_alive` raises.
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
        while not self._triton.is_live():
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
        try:
            self._triton.load(model, self._timeout_s)
            run_canary(self._triton, model, self._known_model, self._timeout_s)
        except TritonHttpError as error:
            raise ModelLoadError(
                f"model {model} does not load: {load_reason(str(error))}"
            ) from error
        return model

    def _finish(self, future: "Future[str]") -> None:
        try:
            self._waiting.remove(future.result())
        except ModelLoadError:
            # A server that died answers nothing either; that is then the better reason.
            self._check_alive()
            raise

    def _tick(self, progress: Progress) -> None:
        self._check_alive()
        elapsed_s = time.monotonic() - self._started_at
        if elapsed_s > self._timeout_s:
            raise ModelLoadError(
                f"not ready after {self._timeout_s:.0f} s; waited for: {', '.join(self._waiting)}"
            )
        progress(tuple(self._waiting), elapsed_s)


def load_reason(message: str) -> str:
    """What a model said when it failed to load, out of Triton's message with its traceback."""
    found = _STUB_ERROR.search(message)
    reason = found["reason"] if found else message
    return one_line(_EXCEPTION_NAME.sub("", reason.strip()))
