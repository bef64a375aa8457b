"""The configurations: queues are bounded, and threads fit the cores they are for."""

from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from tests.support.exporting import ROOT

CONFIGS = sorted((ROOT / "model_repository").glob("*/config.pbtxt"))
CORES = 2
MODELS = {
    "clip_image", "clip_preprocess", "clip_text", "clip_text_embedding", "clip_tokenizer",
    "image_embedding", "model_card", "ocr", "text_embedding", "text_encoder", "text_tokenizer",
}  # fmt: skip


def parse(path: Path) -> model_config_pb2.ModelConfig:
    return text_format.Parse(path.read_text(), model_config_pb2.ModelConfig())


def test_the_repository_holds_the_models_that_callers_know() -> None:
    assert {path.parent.name for path in CONFIGS} == MODELS


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parent.name)
def test_a_model_that_computes_has_a_bounded_queue_and_named_instances(path: Path) -> None:
    config = parse(path)
    if config.platform == "ensemble":
        assert not config.HasField("dynamic_batching")
        return
    policy = config.dynamic_batching.default_queue_policy
    assert 0 < policy.max_queue_size <= 256
    assert 0 < policy.default_timeout_microseconds <= 20_000_000
    assert policy.timeout_action == model_config_pb2.ModelQueuePolicy.REJECT
    assert policy.allow_timeout_override
    (group,) = config.instance_group
    assert group.kind == model_config_pb2.ModelInstanceGroup.KIND_CPU
    assert group.count >= 1


@pytest.mark.parametrize(
    "model", ["clip_image", "clip_text", "text_encoder", "clip_preprocess", "ocr"]
)
def test_instances_times_threads_are_the_cores(model: str) -> None:
    config = parse(ROOT / "model_repository" / model / "config.pbtxt")
    key = "intra_op_thread_count" if config.backend == "onnxruntime" else "thread_count"
    threads = int(config.parameters[key].string_value)
    assert config.instance_group[0].count * threads == CORES


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parent.name)
def test_an_ensembles_tensors_are_those_of_its_parts(path: Path) -> None:
    ensemble = parse(path)
    for step in ensemble.ensemble_scheduling.step:
        part = parse(path.parent.parent / step.model_name / "config.pbtxt")
        assert part.max_batch_size >= ensemble.max_batch_size
        outer = {tensor.name: tensor for tensor in [*ensemble.input, *ensemble.output]}
        inner = {tensor.name: tensor for tensor in [*part.input, *part.output]}
        for name, outer_name in [*step.input_map.items(), *step.output_map.items()]:
            if outer_name in outer:
                assert inner[name].data_type == outer[outer_name].data_type
                assert list(inner[name].dims) == list(outer[outer_name].dims)
