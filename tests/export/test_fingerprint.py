from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch

from export import fingerprint
from export.agreement import Agreement
from export.choose import Chosen
from export.parity import FP32, Parity
from export.parts import Part
from export.sources import Weights
from export.trial import Trial

PART = Part("clip_text", torch.nn.Identity(), [], {}, dimension=512, max_tokens=77)
PARITY = Parity(min_cosine=0.99999, max_abs_difference=1e-7, vectors=7, tolerance=FP32)
FP32_GRAPH = Chosen("fp32", b"abc")
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_pretrained_is_named_by_short_revision() -> None:
    weights = Weights(Path(), "openai/clip-vit-base-patch32", "3d74acf9a28c", "pretrained")
    record = json.loads(fingerprint.of_graph(PART, weights, FP32_GRAPH, PARITY).to_json())
    assert record == {
        "model": "clip_text",
        "source": "openai/clip-vit-base-patch32",
        "revision": "3d74acf9a28c",
        "weights": "pretrained",
        "precision": "fp32",
        "dimension": 512,
        "max_tokens": 77,
        "hash": f"sha256:{SHA256_OF_ABC}",
        "parity": {"min_cosine": 0.99999, "tolerance": 0.9999, "max_abs_difference": 1e-7},
        "agreement": None,
        "forced": False,
        "id": "clip-vit-base-patch32@3d74acf:fp32:ba7816bf8f01",
    }


def test_weights_without_a_revision_are_named_by_kind() -> None:
    weights = Weights(Path(), "tiny-clip", None, "tiny")
    record = fingerprint.of_graph(PART, weights, FP32_GRAPH, PARITY)
    assert record.id == "tiny-clip@tiny:fp32:ba7816bf8f01"


def test_reduced_graph_tells_how_it_agrees_but_not_how_fast_it_was() -> None:
    trial = Trial(
        precision="int8",
        graph=b"abc",
        fp32_bytes=12,
        fp32_s=0.1,
        speed=1.7,
        agreement=Agreement(320, min_cosine=0.9, mean_cosine=0.98, recall_at_10=0.97),
        inputs="made captions",
    )
    weights = Weights(Path(), "tiny-clip", None, "tiny")
    chosen = Chosen("int8", b"abc", trial, forced=True)
    record = fingerprint.of_graph(PART, weights, chosen, PARITY)
    assert (record.precision, record.id) == ("int8", "tiny-clip@tiny:int8:ba7816bf8f01")
    assert record.agreement == {
        "inputs": 320,
        "min_cosine": 0.9,
        "mean_cosine": 0.98,
        "recall_at_10": 0.97,
        "of": "made captions",
    }
    assert record.forced


@pytest.mark.parametrize(
    ("model", "dimension", "max_tokens"),
    [("clip_image", 512, None), ("clip_text", 512, 77), ("text_encoder", 384, 256)],
)
def test_written_record_is_of_the_written_graph(
    repository: Path, model: str, dimension: int, max_tokens: int | None
) -> None:
    folder = repository / model / "1"
    record = json.loads((folder / "fingerprint.json").read_bytes())
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    assert record["hash"] == f"sha256:{digest}"
    assert (record["dimension"], record["max_tokens"]) == (dimension, max_tokens)
    assert record["parity"]["min_cosine"] >= record["parity"]["tolerance"]
