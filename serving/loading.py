"""Loads a model and makes it prove that it answers: at the start, and when it is recovered."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.backends.errors import one_line
from serving.canary import run_canary
from serving.control import ControlError, ModelControl
from serving.errors import ModelLoadError
from serving.triton_http import TritonHttp, TritonHttpError

_STUB_ERROR = re.compile(
    r"UNAVAILABLE state: (?:[A-Z][\w ]*: )?(?P<reason>.*?)(?:\n\nAt:|;?\s*$)", re.S
)
_EXCEPTION_NAME = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception): ")


@dataclass(frozen=True)
class Loader:
    """Loads models of one Triton always in the same way.

    Attributes:
        configs: the JSON configuration to load a model with, by its name; a model that is not
            there is loaded as its files say.
        known_model: a model whose card the canary of `model_card` asks for.
        timeout_s: for a load, and for the first canary after it.
    """

    triton: TritonHttp
    control: ModelControl
    known_model: str | None
    timeout_s: float
    configs: Mapping[str, str] = field(default_factory=dict)
    # Triton 2.51 can die (SIGSEGV) of two changes at once to models that serve, where both take an
    # ensemble away.
    _one_change: threading.Lock = field(default_factory=threading.Lock)

    def load(self, model: str) -> None:
        """Returns when the model is loaded and has answered its canary.

        Several may be loaded at once as long as none serves yet.

        Raises:
            ModelLoadError: it does not; the message names the model and says why.
        """
        try:
            self._load(model)
            self.ask(model, self.timeout_s)
        except (ControlError, TritonHttpError) as error:
            raise _does_not_load(model, error) from error

    def load_beside_others(self, model: str) -> None:
        """The same while other models serve: waits until no other is loaded or unloaded so.

        Raises:
            ModelLoadError: see `load`.
        """
        try:
            with self._one_change:
                self._load(model)
            self.ask(model, self.timeout_s)
        except (ControlError, TritonHttpError) as error:
            raise _does_not_load(model, error) from error

    def unload_beside_others(self, model: str, timeout_s: float) -> None:
        """Takes a model out while other models serve; see `load_beside_others`.

        Raises:
            ControlError: Triton refuses, or does not answer.
        """
        with self._one_change:
            self.control.unload(model, timeout_s)

    def ask(self, model: str, timeout_s: float) -> None:
        """Runs a canary of a loaded model.

        Raises:
            TritonHttpError: it does not answer.
        """
        run_canary(self.triton, model, self.known_model, timeout_s)

    def _load(self, model: str) -> None:
        self.control.load(model, self.timeout_s, self.configs.get(model))


def _does_not_load(model: str, error: Exception) -> ModelLoadError:
    return ModelLoadError(f"model {model} does not load: {load_reason(str(error))}")


def load_reason(message: str) -> str:
    """What a model said when it failed to load, out of Triton's message with its traceback."""
    found = _STUB_ERROR.search(message)
    reason = found["reason"] if found else message
    return one_line(_EXCEPTION_NAME.sub("", reason.strip()))
