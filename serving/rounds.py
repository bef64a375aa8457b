"""Asks one model for a sign of life."""

from dataclasses import dataclass
from http import HTTPStatus

from serving.backends.errors import one_line
from serving.loading import Loader
from serving.repository import Model
from serving.triton_http import TritonHttpError


@dataclass(frozen=True)
class Sign:
    """What came back: life, a failure, or (neither) nothing that tells."""

    lives: bool = False
    failure: str | None = None


_LIFE, _SILENCE = Sign(lives=True), Sign()


class Round:
    """Asks a model as often as it is called: ensembles whether they are ready, others by canary.

    A model that has answered anybody's request since the last call is not asked: what serves under
    load is alive, and has no time to lose.
    """

    def __init__(self, loader: Loader, model: Model, timeout_s: float) -> None:
        self._loader = loader
        self._model = model
        self._timeout_s = timeout_s
        self._successes: int | None = None

    def __call__(self) -> Sign:
        """Takes `timeout_s`, or little more."""
        name = self._model.name
        if self._model.is_ensemble:
            ready = self._loader.triton.is_ready(name)
            return _LIFE if ready else Sign(failure="it is not ready")
        try:
            if self._has_worked():
                return _LIFE
            self._loader.ask(name, self._timeout_s)
        except TritonHttpError as error:
            return self._sign_of(error)
        self._successes = (self._successes or 0) + 1
        return _LIFE

    def _sign_of(self, error: TritonHttpError) -> Sign:
        if error.status == HTTPStatus.BAD_REQUEST:
            return _LIFE  # the model itself found fault with the canary
        if error.status in (None, HTTPStatus.SERVICE_UNAVAILABLE):
            # No answer, or a queue that is full or too long: perhaps others got through.
            return _LIFE if self._has_worked_or_error() else _SILENCE
        return Sign(failure=one_line(error))

    def _has_worked_or_error(self) -> bool:
        try:
            return self._has_worked()
        except TritonHttpError:
            return False

    def _has_worked(self) -> bool:
        before, self._successes = (
            self._successes,
            self._loader.triton.success_count(self._model.name),
        )
        return before is not None and before != self._successes
