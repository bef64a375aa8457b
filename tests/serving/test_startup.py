"""Which of several reasons ends a start; Triton is a fake that loads as it is told."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.control import ControlError, ModelControl
from serving.errors import ModelLoadError, ServerDiedError
from serving.loading import Loader
from serving.repository import Model
from serving.startup import Startup
from serving.triton_http import TritonHttp


class _Control(ModelControl):
    """Model control that fails as it is told, without a connection."""

    def __init__(self, load: Callable[[], None]) -> None:
        self._load_one = load

    def load(self, model: str, timeout_s: float, config: str | None = None) -> None:
        self._load_one()


class _Http(TritonHttp):
    """A server that answers until it is gone."""

    def __init__(self) -> None:
        super().__init__(port=1)
        self.lives = True

    def is_live(self) -> bool:
        return self.lives


def refuse() -> None:
    raise ControlError("no such engine")


def nothing() -> None:
    """All is well."""


def died() -> None:
    raise ServerDiedError("the process of ocr died")


def start(
    http: _Http,
    load: Callable[[], None],
    check_alive: Callable[[], None] = nothing,
    check_processes: Callable[[], None] = nothing,
) -> None:
    loader = Loader(http, _Control(load), known_model=None, timeout_s=5)
    model = Model("ocr", Path("ocr"), "python")
    Startup(loader, [model], check_alive, check_processes, 10).run(lambda *_: None)


def test_a_models_reason_wins_over_its_dead_process() -> None:
    """Triton ends the process of a model that does not load, then says why."""
    refused = threading.Event()

    def load() -> None:
        refused.set()
        refuse()

    def check_processes() -> None:
        if refused.is_set():
            died()

    with pytest.raises(ModelLoadError, match=r"^model ocr does not load: no such engine$"):
        start(_Http(), load, check_processes=check_processes)


def test_a_death_ends_a_load_that_hangs() -> None:
    ended = threading.Event()

    def load() -> None:
        ended.wait(10)

    began_at_s = time.monotonic()
    try:
        with pytest.raises(ServerDiedError, match=r"^the process of ocr died$"):
            start(_Http(), load, check_processes=lambda: died() if begun(began_at_s) else None)
    finally:
        ended.set()
    assert time.monotonic() - began_at_s < 5


def begun(since_s: float) -> bool:
    return time.monotonic() - since_s > 0.3


def test_the_servers_own_death_wins_even_when_it_is_known_later() -> None:
    http = _Http()
    died_at_s: list[float] = []

    def load() -> None:
        http.lives = False
        died_at_s.append(time.monotonic())
        refuse()

    def check_alive() -> None:
        if died_at_s and time.monotonic() - died_at_s[0] > 0.5:
            raise ServerDiedError("tritonserver was killed by SIGKILL")

    with pytest.raises(ServerDiedError, match=r"^tritonserver was killed by SIGKILL$"):
        start(http, load, check_alive)
