"""The configurations: every variant of every model, held to the graphs and to each other."""

import json
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from serving.backends.tokenizer.tokenization import TOKEN_MULTIPLE
from serving.tensorrt import profile_of
from tests.support.exporting import ROOT

REPOSITORY = ROOT / "model_repository"
VARIANTS = ("cpu", "gpu", "tensorrt")
CORES = 2
GRAPHS = ("clip_image", "clip_text", "text_encoder", "vit_legacy")
TOKENIZERS = {"clip_text": "clip_tokenizer", "text_encoder": "text_tokenizer"}
ENSEMBLES = {"clip_text_embedding", "image_embedding", "legacy_embedding", "text_embedding"}
COMPUTING = {
    *GRAPHS, "clip_preprocess", "clip_tokenizer", "model_card", "ocr", "text_tokenizer",
    "vit_preprocess",
}  # fmt: skip
# What it answers depends on which models were exported, and it computes nothing.
WITHOUT_WARM_UP = {"model_card"}

BYTES_OF = {"TYPE_UINT8": 1, "TYPE_INT64": 8}
ONNX_TYPES = {
    model_config_pb2.TYPE_UINT8: onnx.TensorProto.UINT8,
    model_config_pb2.TYPE_INT64: onnx.TensorProto.INT64,
    model_config_pb2.TYPE_FP32: onnx.TensorProto.FLOAT,
}

each_variant = pytest.mark.parametrize("variant", VARIANTS)
each_computing = pytest.mark.parametrize("model", sorted(COMPUTING))


def read(model: str, variant: str = "cpu") -> Any:
    name = "config.pbtxt" if variant == "cpu" else f"configs/{variant}.pbtxt"
    text = (REPOSITORY / model / name).read_text()
    return text_format.Parse(text, model_config_pb2.ModelConfig())


def tensors(found: Iterable[Any]) -> list[tuple[str, int, list[int]]]:
    return [(tensor.name, tensor.data_type, list(tensor.dims)) for tensor in found]


def test_the_repository_holds_the_models_that_callers_know() -> None:
    assert {path.parent.name for path in REPOSITORY.glob("*/config.pbtxt")} == COMPUTING | ENSEMBLES


def test_there_is_no_variant_that_nobody_chooses() -> None:
    assert {path.stem for path in REPOSITORY.glob("*/configs/*")} == set(VARIANTS) - {"cpu"}


@pytest.mark.parametrize("model", sorted(COMPUTING | ENSEMBLES))
def test_the_variants_take_and_give_the_same(model: str) -> None:
    cpu = read(model)
    for variant in VARIANTS[1:]:
        other = read(model, variant)
        assert tensors(other.input) == tensors(cpu.input)
        assert tensors(other.output) == tensors(cpu.output)
        assert (other.backend, other.platform) == (cpu.backend, cpu.platform)
        assert other.max_batch_size >= cpu.max_batch_size


@each_variant
@each_computing
def test_a_model_that_computes_has_a_bounded_queue_and_named_instances(
    model: str, variant: str
) -> None:
    config = read(model, variant)
    assert config.HasField("dynamic_batching")
    policy = config.dynamic_batching.default_queue_policy
    assert 0 < policy.max_queue_size <= 256
    assert 0 < policy.default_timeout_microseconds <= 20_000_000
    assert policy.timeout_action == model_config_pb2.ModelQueuePolicy.REJECT
    assert policy.allow_timeout_override
    (group,) = config.instance_group
    # With one, Triton's batcher can leave a request to wait 500 ms behind a bounded queue.
    assert group.count >= 2
    kinds = {model_config_pb2.ModelInstanceGroup.KIND_CPU}
    if variant != "cpu" and model in (*GRAPHS, "ocr"):
        kinds = {model_config_pb2.ModelInstanceGroup.KIND_GPU}
    assert group.kind in kinds
    for size in config.dynamic_batching.preferred_batch_size:
        assert 0 < size <= config.max_batch_size
    assert config.dynamic_batching.max_queue_delay_microseconds <= 5_000


@each_variant
@each_computing
def test_a_model_that_computes_is_warmed_up(model: str, variant: str) -> None:
    """Triton dies of a warm-up batch above the largest, and does not load one of the wrong size."""
    config = read(model, variant)
    if model in WITHOUT_WARM_UP:
        assert not config.model_warmup
        return
    expected = {tensor.name: (tensor.data_type, list(tensor.dims)) for tensor in config.input}
    assert config.model_warmup
    for sample in config.model_warmup:
        assert 1 <= sample.batch_size <= config.max_batch_size
        assert set(sample.inputs) == set(expected)
        for name, value in sample.inputs.items():
            data_type, dims = expected[name]
            assert value.data_type == data_type
            assert all(size in (-1, own) for size, own in zip(dims, value.dims, strict=True))
            if value.input_data_file:
                check_file(REPOSITORY / model / "warmup" / value.input_data_file, value)


def check_file(path: Path, value: Any) -> None:
    """A file of raw values is as long as its shape says; a string has its length before it."""
    data = path.read_bytes()
    name = model_config_pb2.DataType.Name(value.data_type)
    if name == "TYPE_STRING":
        assert struct.unpack("<I", data[:4]) == (len(data) - 4,)
    else:
        (size,) = value.dims
        assert len(data) == size * BYTES_OF[name]


@each_variant
@pytest.mark.parametrize("model", sorted(ENSEMBLES))
def test_an_ensembles_tensors_are_those_of_its_parts(model: str, variant: str) -> None:
    ensemble = read(model, variant)
    assert not ensemble.HasField("dynamic_batching")
    parts = [read(step.model_name, variant) for step in ensemble.ensemble_scheduling.step]
    assert ensemble.max_batch_size == min(part.max_batch_size for part in parts)
    outer = {tensor.name: tensor for tensor in [*ensemble.input, *ensemble.output]}
    for step, part in zip(ensemble.ensemble_scheduling.step, parts, strict=True):
        inner = {tensor.name: tensor for tensor in [*part.input, *part.output]}
        for name, outer_name in [*step.input_map.items(), *step.output_map.items()]:
            if outer_name in outer:
                assert inner[name].data_type == outer[outer_name].data_type
                assert list(inner[name].dims) == list(outer[outer_name].dims)


@pytest.mark.parametrize("model", [*GRAPHS, "clip_preprocess", "vit_preprocess", "ocr"])
def test_instances_times_threads_are_the_cores(model: str) -> None:
    config = read(model)
    key = "intra_op_thread_count" if config.backend == "onnxruntime" else "thread_count"
    threads = int(config.parameters[key].string_value)
    assert config.instance_group[0].count * threads == CORES


@each_variant
@pytest.mark.parametrize("model", GRAPHS)
def test_a_graph_takes_and_gives_what_its_configurations_say(
    model: str, variant: str, exported_repository: Path
) -> None:
    graph = onnx.load(exported_repository / model / "1/model.onnx").graph
    config = read(model, variant)
    check_tensors(config.input, graph.input)
    check_tensors(config.output, graph.output)


def check_tensors(configured: Iterable[Any], found: Iterable[Any]) -> None:
    graph = {tensor.name: tensor.type.tensor_type for tensor in found}
    config = {tensor.name: tensor for tensor in configured}
    assert graph.keys() == config.keys()
    for name, tensor in config.items():
        assert graph[name].elem_type == ONNX_TYPES[tensor.data_type]
        batch, *sizes = graph[name].shape.dim
        assert batch.dim_param, "the batch is free"
        assert len(sizes) == len(tensor.dims)
        for size, own in zip(sizes, tensor.dims, strict=True):
            # The tiny models of the tests are narrower than those that the configs are for.
            assert own == -1 or name == "vector" or size.dim_value == own
            assert own != -1 or size.dim_param or name == "vector"


@pytest.mark.parametrize("model", GRAPHS)
def test_the_profiles_cover_what_batchers_send(model: str) -> None:
    config = read(model, "tensorrt")
    profile = profile_of(model, config)
    names = {tensor.name for tensor in config.input}
    for shapes, batches in ((profile.min, {1}), (profile.max, {config.max_batch_size})):
        assert set(shapes) == names
        assert {shape[0] for shape in shapes.values()} == batches
    for name in names:
        bounds = zip(profile.min[name], profile.opt[name], profile.max[name], strict=True)
        assert all(low <= best <= high for low, best, high in bounds)
        for tensor in config.input:
            for position, size in enumerate(tensor.dims, start=1):
                if size != -1:
                    assert profile.min[tensor.name][position] == size
                    assert profile.max[tensor.name][position] == size


@pytest.mark.parametrize(("model", "tokenizer"), TOKENIZERS.items())
def test_the_profiles_cover_what_tokenizers_send(
    model: str, tokenizer: str, exported_repository: Path
) -> None:
    """Multiples of 16 up to the longest text that the tokenizer lets through."""
    profile = profile_of(model, read(model, "tensorrt"))
    file = json.loads((exported_repository / tokenizer / "1/tokenizer.json").read_text())
    longest = file["truncation"]["max_length"]
    card = json.loads((exported_repository / model / "1/fingerprint.json").read_text())
    # The launcher sets the profile's longest text to this.
    assert card["max_tokens"] == longest
    for name in ("input_ids", "attention_mask"):
        assert profile.min[name][1] == 1
        assert profile.opt[name][1] == TOKEN_MULTIPLE
        assert profile.max[name][1] >= longest


def accelerators() -> Iterator[tuple[str, Any]]:
    for model in GRAPHS:
        config = read(model, "tensorrt")
        for found in config.optimization.execution_accelerators.gpu_execution_accelerator:
            yield model, found


def test_the_accelerators_parameters_are_those_that_the_backend_knows() -> None:
    """Triton's onnxruntime backend refuses a model with any other."""
    known = {
        "precision_mode", "max_workspace_size_bytes", "trt_layer_norm_fp32_fallback",
        "trt_engine_cache_enable", "trt_engine_cache_path", "trt_engine_cache_prefix",
        "trt_timing_cache_enable", "trt_timing_cache_path", "trt_force_sequential_engine_build",
        "trt_profile_min_shapes", "trt_profile_opt_shapes", "trt_profile_max_shapes",
    }  # fmt: skip
    found = dict(accelerators())
    assert tuple(found) == GRAPHS
    for accelerator in found.values():
        assert accelerator.name == "tensorrt"
        assert set(accelerator.parameters) <= known
