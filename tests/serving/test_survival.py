"""Killed, stopped and deaf Python models of the real server come back; the others go on."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from serving.model_config import read_config
from serving.processes import Stub
from serving.repository import read_repository
from tests.support.asking import Array, Asker, strings
from tests.support.exporting import ROOT
from tests.support.launcher import Launched
from tests.support.pictures import encoded, noise
from tests.support.triton import free_ports

# A stub's death is seen within a second and a hung one within seven, then the model loads; the
# rest is for a busy machine.
_BACK_S = 30.0
# Triton takes a second to find a process dead, and a second more for each request before; the
# rest is for a busy machine. What hangs would outlast it.
_PROMPT_S = 12.0
_HANGS_S = 30.0
_INPUTS: dict[str, Array] = {
    "bytes": strings(encoded(noise(64, 64), "PNG")),
    "text": strings(b"a text"),
    "model": strings(b"clip_image"),
    "image": np.zeros((1, 224, 224, 3), np.uint8),
    "input_ids": np.ones((1, 16), np.int64),
    "attention_mask": np.ones((1, 16), np.int64),
}
_CONFIGS = {
    path.parent.name: read_config(path)
    for path in sorted((ROOT / "model_repository").glob("*/config.pbtxt"))
}
_ENSEMBLES = {
    name: {step.model_name for step in config.ensemble_scheduling.step}
    for name, config in _CONFIGS.items()
    if config.platform == "ensemble"
}
_PYTHON_MODELS = sorted(set(_CONFIGS) - set(_ENSEMBLES))


class Survivor:
    """A supervised server, and clients of it that do not wait for ever."""

    def __init__(self, launched: Launched) -> None:
        self.launched = launched
        self.server_id = launched.served.process_id
        self._askers = [
            Asker(launched.served, protocol, timeout_s=_HANGS_S) for protocol in ("http", "grpc")
        ]

    def kill(self, model: str, number: signal.Signals = signal.SIGKILL, count: int = 99) -> None:
        """Sends a signal to processes of a model."""
        stubs = self.launched.stubs(model)[:count]
        assert stubs
        for stub in stubs:
            os.kill(stub.process_id, number)

    def ask(self, model: str) -> bool:
        """Asks by HTTP and gRPC; whether both were answered. A slow answer fails the test."""
        answered = [self._ask(asker, model) for asker in self._askers]
        return all(answered)

    def wait_answers(self, *models: str, timeout_s: float = _BACK_S) -> float:
        """Asks until all are answered; how long that took, in seconds."""
        began_at_s = time.monotonic()
        waiting = list(models)
        while waiting:
            assert time.monotonic() - began_at_s < timeout_s, f"away: {waiting}"
            waiting = [model for model in waiting if not self.ask(model)]
            time.sleep(0.05)
        return time.monotonic() - began_at_s

    def close(self) -> None:
        for asker in self._askers:
            asker.close()

    def _ask(self, asker: Asker, model: str) -> bool:
        inputs = {tensor.name: _INPUTS[tensor.name] for tensor in _CONFIGS[model].input}
        began_at_s = time.monotonic()
        refusal = ""
        try:
            asker.ask(model, **inputs)
        except (InferenceServerException, OSError) as error:
            refusal = repr(error)
        # An answer may take its time on a busy machine; a refusal comes at once.
        assert not refusal or time.monotonic() - began_at_s < _PROMPT_S, (model, refusal)
        assert "INVALID_ARGUMENT" not in refusal
        return not refusal


@pytest.fixture(scope="module")
def survivor(
    exported_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Survivor]:
    launched = Launched(
        exported_repository,
        tmp_path_factory.mktemp("survivor"),
        free_ports(3),
        FEEDLENS_TRITON_LAYOUT="clip_image=2x1",
        FEEDLENS_TRITON_CORES="2",
    )
    try:
        assert launched.wait_ready().startswith("Triton is ready")
        made = Survivor(launched)
        yield made
        made.close()
    finally:
        launched.process.send_signal(signal.SIGTERM)
        print(launched.end()[1])  # noqa: T201 - what it reported, beside a failed test


def keys(stubs: list[Stub]) -> set[tuple[int, int]]:
    return {stub.key for stub in stubs}


def test_every_model_that_computes_is_of_python_here(exported_repository: Path) -> None:
    """So each of them has a process that can die, and each is killed below."""
    models = read_repository(exported_repository)
    assert [model.name for model in models if not model.is_ensemble] == _PYTHON_MODELS
    assert {"ocr", "model_card", "clip_preprocess", "text_tokenizer"} < set(_PYTHON_MODELS)


@pytest.mark.parametrize("model", _PYTHON_MODELS)
def test_a_killed_model_comes_back_and_the_server_stays(model: str, survivor: Survivor) -> None:
    before = survivor.launched.stubs(model)
    survivor.kill(model)
    # Once a request has met a dead process, Triton keeps it for ever; half of them are met.
    if _PYTHON_MODELS.index(model) % 2:
        assert not survivor.ask(model)
    whole = [ensemble for ensemble, parts in _ENSEMBLES.items() if model in parts]
    wait_for_new(survivor, model, before)
    assert survivor.wait_answers(model, *whole) < _BACK_S
    assert len(survivor.launched.stubs(model)) == len(before)
    check_server(survivor)


def test_all_models_killed_at_once_come_back(survivor: Survivor) -> None:
    for model in _PYTHON_MODELS:
        survivor.kill(model)
    survivor.wait_answers(*_CONFIGS, timeout_s=2 * _BACK_S)
    check_server(survivor)


def test_others_go_on_while_one_is_recovered(survivor: Survivor) -> None:
    before = survivor.launched.stubs("ocr")
    survivor.kill("ocr")
    while not keys(survivor.launched.stubs("ocr")) - keys(before):
        assert survivor.ask("text_embedding")
        assert survivor.ask("image_embedding")
    survivor.wait_answers("ocr")


def test_one_of_two_processes_is_missed(survivor: Survivor) -> None:
    """Its canary may well be answered by the other."""
    before = survivor.launched.stubs("clip_image")
    assert len(before) == 2
    survivor.kill("clip_image", count=1)
    wait_for_new(survivor, "clip_image", before)
    survivor.wait_answers("clip_image", "image_embedding")
    assert all(survivor.ask("clip_image") for _ in range(4))


def test_a_stopped_process_is_replaced(survivor: Survivor) -> None:
    before = survivor.launched.stubs("text_tokenizer")
    survivor.kill("text_tokenizer", signal.SIGSTOP)
    assert not survivor.ask("text_embedding")
    wait_for_new(survivor, "text_tokenizer", before)
    survivor.wait_answers("text_tokenizer", "text_embedding")
    gone = keys(before)
    wait_until(lambda: not gone & keys(survivor.launched.stubs("text_tokenizer")))


def wait_for_new(survivor: Survivor, model: str, before: list[Stub]) -> None:
    """Until the model has as many processes as before, and none of those."""
    wait_until(
        lambda: len(keys(survivor.launched.stubs(model)) - keys(before)) == len(before),
    )


def wait_until(holds: Callable[[], bool]) -> None:
    give_up_at_s = time.monotonic() + _BACK_S
    while not holds():
        assert time.monotonic() < give_up_at_s
        time.sleep(0.05)


def check_server(survivor: Survivor) -> None:
    assert survivor.launched.process.poll() is None
    assert survivor.launched.served.process_id == survivor.server_id
    os.kill(survivor.server_id, 0)
