"""The TensorRT accelerator, fitted to the graph that was exported."""

import pytest

from serving.errors import RepositoryError
from serving.model_config import ModelConfig, read_config
from serving.tensorrt import accelerator_of, fit_engine, profile_of, shapes_text
from serving.weights import Fingerprint
from tests.support.exporting import ROOT


def config_of(model: str, variant: str = "configs/tensorrt.pbtxt") -> ModelConfig:
    return read_config(ROOT / "model_repository" / model / variant)


def parameters_of(config: ModelConfig) -> dict[str, str]:
    """The accelerator's parameters, which can be changed in place."""
    accelerator = accelerator_of(config)
    assert accelerator is not None
    parameters: dict[str, str] = accelerator.parameters
    return parameters


def fingerprint(max_tokens: int | None) -> Fingerprint:
    return Fingerprint("sha256:0123456789abcdef", "fp16", 384, max_tokens)


@pytest.mark.parametrize(("max_tokens", "usual"), [(256, 16), (512, 16), (384, 16), (12, 12)])
def test_the_longest_text_is_the_models_own(max_tokens: int, usual: int) -> None:
    config = config_of("text_encoder")
    fit_engine("text_encoder", config, fingerprint(max_tokens))
    profile = profile_of("text_encoder", config)
    for name in ("input_ids", "attention_mask"):
        assert profile.min[name] == (1, 1)
        assert profile.opt[name] == (8, usual)
        assert profile.max[name] == (config.max_batch_size, max_tokens)


def test_images_keep_their_profile() -> None:
    config = config_of("clip_image")
    before = profile_of("clip_image", config)
    fit_engine("clip_image", config, fingerprint(None))
    assert profile_of("clip_image", config) == before
    assert before.max == {"image": (32, 224, 224, 3)}


def test_engines_of_other_weights_have_other_names() -> None:
    """ONNX Runtime names an engine by the graph's structure, which other weights share."""
    config = config_of("clip_image")
    fit_engine("clip_image", config, fingerprint(None))
    prefix = parameters_of(config)["trt_engine_cache_prefix"]
    assert prefix == "clip_image_0123456789ab"


def test_a_configuration_without_the_accelerator_stays_as_it_is() -> None:
    config = config_of("text_encoder", "config.pbtxt")
    fit_engine("text_encoder", config, fingerprint(256))
    assert config == config_of("text_encoder", "config.pbtxt")
    with pytest.raises(RepositoryError, match="text_encoder has no TensorRT accelerator"):
        profile_of("text_encoder", config)


@pytest.mark.parametrize("text", ["", "image", "image:1x2x", "image=1x2"])
def test_a_malformed_shape_is_named(text: str) -> None:
    config = config_of("clip_image")
    parameters_of(config)["trt_profile_opt_shapes"] = text
    with pytest.raises(RepositoryError) as caught:
        profile_of("clip_image", config)
    assert str(caught.value) == (
        f"model clip_image: trt_profile_opt_shapes is '{text}', no list of shapes"
    )


def test_shapes_are_written_as_onnx_runtime_reads_them() -> None:
    assert shapes_text({"a": (1, 16), "b": (1, 3, 4)}) == "a:1x16,b:1x3x4"


def test_every_accelerator_keeps_its_fp16_engines() -> None:
    for model in ("clip_image", "clip_text", "text_encoder", "vit_legacy"):
        parameters = parameters_of(config_of(model))
        assert parameters["precision_mode"] == "FP16"
        assert parameters["trt_engine_cache_enable"] == "1"
        assert parameters["trt_engine_cache_path"] == "/engine-cache"
