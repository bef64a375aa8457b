from __future__ import annotations

import pytest

from export.errors import BadUsage
from export.precision import for_gpu, parse


def test_one_precision_is_for_every_model() -> None:
    precisions = parse("int8")
    assert {precisions.of(model) for model in ("clip_image", "vit_legacy")} == {"int8"}


def test_a_model_s_own_precision_wins_wherever_it_stands() -> None:
    for text in ("auto,text_encoder=fp32", "text_encoder=fp32,auto", "text_encoder=fp32"):
        precisions = parse(text)
        assert (precisions.of("text_encoder"), precisions.of("clip_text")) == ("fp32", "auto")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("int4", "no precision 'int4', choose from auto,fp32,fp16,int8"),
        ("", "no precision ''"),
        ("clip_image=", "no precision ''"),
        ("ocr=int8", "no model 'ocr', choose from clip_image,clip_text,text_encoder,vit_legacy"),
        ("=int8", "no model ''"),
        ("int8,fp16", "two precisions for all models: int8 and fp16"),
        ("clip_text=int8,clip_text=fp32", "two precisions for clip_text"),
    ],
)
def test_what_is_unknown_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)


def test_model_that_is_left_out_is_named() -> None:
    parse("text_encoder=int8").check_covers(["clip", "text"])
    with pytest.raises(BadUsage, match="text_encoder, which --models leaves out"):
        parse("text_encoder=int8").check_covers(["clip", "vit"])


@pytest.mark.parametrize(
    ("text", "gpu"),
    [("true", True), ("True", True), ("1", True), ("on", True), ("false", False), ("0", False)],
)
def test_use_gpu_is_read_as_serving_reads_it(text: str, gpu: bool) -> None:
    assert for_gpu({"USE_GPU": text}) is gpu


def test_use_gpu_is_false_unless_set_and_nothing_between() -> None:
    assert for_gpu({}) is False
    with pytest.raises(BadUsage, match="USE_GPU='maybe' is neither true nor false"):
        for_gpu({"USE_GPU": "maybe"})
