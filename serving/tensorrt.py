"""The TensorRT accelerator of a configuration, fitted to the graph that was exported."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.errors import RepositoryError
from serving.model_config import ModelConfig
from serving.weights import Fingerprint

# Names of the native onnxruntime backend's parameters.
PROFILE_BOUNDS = ("min", "opt", "max")
CACHE_PREFIX = "trt_engine_cache_prefix"

_ACCELERATOR = "tensorrt"
_WORKSPACE = "max_workspace_size_bytes"
_TOKEN_INPUTS = ("input_ids", "attention_mask")
_HASH_CHARS = 12

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Profile:
    """The shapes that an engine is built for, by input, batch dimension included."""

    min: Shapes
    opt: Shapes
    max: Shapes


def accelerator_of(config: ModelConfig) -> ModelConfig | None:
    """The TensorRT entry of `optimization { execution_accelerators }`; None without one."""
    accelerators = config.optimization.execution_accelerators.gpu_execution_accelerator
    return next((found for found in accelerators if found.name == _ACCELERATOR), None)


def profile_key(bound: str) -> str:
    """The parameter of one bound: min, opt or max."""
    return f"trt_profile_{bound}_shapes"


def profile_of(model: str, config: ModelConfig) -> Profile:
    """The profile that a configuration's accelerator names.

    Raises:
        RepositoryError: there is no accelerator, or one of its shapes is missing or malformed.
    """
    accelerator = _require_accelerator(model, config)
    bounds = [
        _parse(model, profile_key(bound), accelerator.parameters.get(profile_key(bound), ""))
        for bound in PROFILE_BOUNDS
    ]
    return Profile(*bounds)


def workspace_bytes_of(model: str, config: ModelConfig) -> int:
    """The memory that TensorRT may use while it runs a layer.

    Raises:
        RepositoryError: there is no accelerator, or it names no size.
    """
    text = _require_accelerator(model, config).parameters.get(_WORKSPACE, "")
    if not text.isdecimal():
        raise RepositoryError(f"model {model}: {_WORKSPACE} is '{text}', no number of bytes")
    return int(text)


def fit_engine(model: str, config: ModelConfig, fingerprint: Fingerprint) -> None:
    """Changes a configuration's accelerator, where it has one, to fit the exported graph.

    The longest text of the profile becomes the model's own `max_tokens`, and the engine cache is
    told apart by the graph's hash: ONNX Runtime names an engine by the graph's structure alone,
    and would serve the engine of other weights.

    Raises:
        RepositoryError: the accelerator's profile is malformed.
    """
    accelerator = accelerator_of(config)
    if accelerator is None:
        return
    digest = fingerprint.hash.rpartition(":")[2][:_HASH_CHARS]
    accelerator.parameters[CACHE_PREFIX] = f"{model}_{digest}"
    if fingerprint.max_tokens is None:
        return
    profile = profile_of(model, config)
    for bound, shapes in zip(PROFILE_BOUNDS, (profile.min, profile.opt, profile.max), strict=True):
        fitted = {
            name: _with_tokens(bound, name, shape, fingerprint.max_tokens)
            for name, shape in shapes.items()
        }
        accelerator.parameters[profile_key(bound)] = shapes_text(fitted)


def shapes_text(shapes: Shapes) -> str:
    """`input_ids:1x16,attention_mask:1x16`, as ONNX Runtime and trtexec both read it."""
    return ",".join(f"{name}:{'x'.join(map(str, shape))}" for name, shape in shapes.items())


def _require_accelerator(model: str, config: ModelConfig) -> ModelConfig:
    accelerator = accelerator_of(config)
    if accelerator is None:
        raise RepositoryError(f"model {model} has no TensorRT accelerator in its configuration")
    return accelerator


def _with_tokens(bound: str, name: str, shape: tuple[int, ...], max_tokens: int) -> tuple[int, ...]:
    if name not in _TOKEN_INPUTS:
        return shape
    batch, tokens = shape
    return batch, max_tokens if bound == "max" else min(tokens, max_tokens)


def _parse(model: str, key: str, text: str) -> dict[str, tuple[int, ...]]:
    try:
        named = (part.split(":") for part in text.split(","))
        return {name: tuple(int(size) for size in shape.split("x")) for name, shape in named}
    except ValueError as error:
        raise RepositoryError(f"model {model}: {key} is '{text}', no list of shapes") from error
