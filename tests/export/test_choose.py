"""What is chosen for graphs whose agreement and speed are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from export import choose as choosing
from export.agreement import Agreement, require
from export.choose import choose
from export.errors import AgreementTooLow
from export.evaluation_inputs import Inputs
from export.precision import Precision, Wish
from export.trial import Trial, try_precision

NO_INPUTS = Inputs("nothing", made=True, count=0, batch=lambda _: {})
GOOD = Agreement(200, min_cosine=0.9995, mean_cosine=0.9999, recall_at_10=0.99)
POOR = Agreement(200, min_cosine=0.9995, mean_cosine=0.9999, recall_at_10=0.97)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[Agreement, float], None]:
    """Lets every trial end in the figures that are given."""

    def set_figures(agreement: Agreement, speed: float) -> None:
        def known(model: str, precision: Precision, graph: bytes, inputs: Inputs) -> Trial:
            reduced = f"{precision} graph".encode()
            return Trial(precision, reduced, len(graph), 0.1, speed, agreement, inputs.name)

        monkeypatch.setattr(choosing, "try_precision", known)

    return set_figures


@pytest.mark.parametrize(
    ("gpu", "agreement", "speed", "chosen", "why"),
    [
        (False, GOOD, 1.6, "int8", "chose int8: 1.60 x as fast here"),
        (False, GOOD, 1.05, "fp32", "chose fp32: int8 is 1.05 x as fast here, under 1.1"),
        (False, POOR, 1.6, "fp32", "chose fp32: int8 falls below its bound: cosine min 0.99950"),
        (True, GOOD, 0.2, "fp16", "chose fp16: USE_GPU is true"),
        (True, POOR, 0.2, "fp32", "chose fp32: fp16 falls below its bound"),
    ],
)
def test_auto_takes_the_fastest_that_agrees_and_says_why(
    measured: Callable[[Agreement, float], None],
    capsys: pytest.CaptureFixture[str],
    gpu: bool,
    agreement: Agreement,
    speed: float,
    chosen: str,
    why: str,
) -> None:
    measured(agreement, speed)
    found = choose("clip_text", "auto", b"fp32 graph", NO_INPUTS, gpu=gpu, force=False)
    assert (found.precision, found.graph) == (chosen, f"{chosen} graph".encode())
    assert (found.trial is None, found.forced) == (chosen == "fp32", False)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"clip_text: {why}")


@pytest.mark.parametrize("wish", ["int8", "fp16"])
def test_named_precision_is_taken_at_any_speed_when_it_agrees(
    measured: Callable[[Agreement, float], None], wish: Wish
) -> None:
    measured(GOOD, 0.3)
    found = choose("clip_text", wish, b"fp32 graph", NO_INPUTS, gpu=False, force=False)
    assert (found.precision, found.forced) == (wish, False)


def test_named_precision_that_disagrees_is_refused_unless_forced(
    measured: Callable[[Agreement, float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    measured(POOR, 2.0)
    with pytest.raises(AgreementTooLow, match=r"^clip_text in int8 keeps too little .*--force$"):
        choose("clip_text", "int8", b"fp32 graph", NO_INPUTS, gpu=False, force=False)
    found = choose("clip_text", "int8", b"fp32 graph", NO_INPUTS, gpu=False, force=True)
    assert (found.precision, found.graph, found.forced) == ("int8", b"int8 graph", True)
    assert "!!! FORCED to int8" in capsys.readouterr().out


def test_fp32_is_not_measured() -> None:
    found = choose("clip_text", "fp32", b"fp32 graph", NO_INPUTS, gpu=True, force=False)
    assert (found.precision, found.graph, found.trial) == ("fp32", b"fp32 graph", None)


def pictures(height: int, count: int) -> Inputs:
    def batch(index: int) -> Mapping[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(index)
        size = (1, height, height, 3)
        return {"image": torch.randint(256, size, dtype=torch.uint8, generator=generator)}

    return Inputs("noise", made=False, count=count, batch=batch)


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_trial_measures_real_graphs(repository: Path, precision: Precision) -> None:
    graph = (repository / "clip_image/1/model.onnx").read_bytes()
    trial = try_precision("clip_image", precision, graph, pictures(224, 12))
    assert trial.agreement.inputs == 12
    assert 0.999 < trial.agreement.min_cosine < 1
    assert trial.fp32_bytes == len(graph)
    assert trial.speed > 0


def test_weights_that_fp16_can_t_hold_are_total_disagreement(repository: Path) -> None:
    model = onnx.load(repository / "clip_image/1/model.onnx")
    weights = [t for t in model.graph.initializer if list(t.dims) == [64, 128]]
    # Products beyond 65504: infinity, and from there NaN.
    for tensor in weights:
        huge = numpy_helper.to_array(tensor) * np.float32(1e8)
        tensor.CopyFrom(numpy_helper.from_array(huge, tensor.name))
    assert weights
    trial = try_precision("clip_image", "fp16", model.SerializeToString(), pictures(224, 12))
    assert trial.agreement.min_cosine < 0.999
    with pytest.raises(AgreementTooLow):
        require("clip_image", "fp16", trial.agreement)
