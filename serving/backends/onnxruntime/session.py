"""An ONNX Runtime session made from a model's `config.pbtxt`."""

from collections.abc import Sequence
from typing import Any

import onnxruntime as ort

from serving.backends.parameters import ModelContext

# Triton's data types, as ONNX Runtime names its own.
_ORT_TYPES = {
    "TYPE_BOOL": "tensor(bool)",
    "TYPE_UINT8": "tensor(uint8)",
    "TYPE_INT8": "tensor(int8)",
    "TYPE_INT32": "tensor(int32)",
    "TYPE_INT64": "tensor(int64)",
    "TYPE_FP16": "tensor(float16)",
    "TYPE_FP32": "tensor(float)",
    "TYPE_FP64": "tensor(double)",
}

# `optimization { graph { level } }` as the native backend reads it.
_OPTIMIZATION_LEVELS = {
    -1: ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    0: ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
    1: ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    2: ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
}


def open_session(context: ModelContext) -> ort.InferenceSession:
    """Loads the model's graph with the threads and options that its config names.

    Raises:
        ValueError: the file is missing, a parameter is wrong, the graph's inputs or outputs are
            not the config's, or the config asks for a GPU; one line that says which.
    """
    if context.instance_kind != "CPU":
        raise ValueError(
            f"instance kind {context.instance_kind} needs Triton's native onnxruntime backend"
        )
    path = context.version_folder / (context.config.get("default_model_filename") or "model.onnx")
    if not path.is_file():
        raise ValueError(f"{path} is missing; `python -m export` writes it")
    session = ort.InferenceSession(
        str(path), sess_options=session_options(context), providers=["CPUExecutionProvider"]
    )
    batched = int(context.config.get("max_batch_size", 0)) > 0
    check_tensors("input", context.config["input"], session.get_inputs(), batched)
    check_tensors("output", context.config["output"], session.get_outputs(), batched)
    return session


def session_options(context: ModelContext) -> ort.SessionOptions:
    """The native backend's parameters, under its names and with its defaults.

    Threads that wait do not spin unless a `session.intra_op.allow_spinning` parameter says so:
    other models share the cores.

    Raises:
        ValueError: a parameter has a value that the native backend refuses.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = context.integer("intra_op_thread_count", 0)
    options.inter_op_num_threads = context.integer("inter_op_thread_count", 0)
    options.execution_mode = _execution_mode(context)
    options.graph_optimization_level = _optimization_level(context)
    options.enable_cpu_mem_arena = _flag(context, "enable_mem_arena", default=True)
    options.enable_mem_pattern = _flag(context, "enable_mem_pattern", default=True)
    entries = {
        "session.intra_op.allow_spinning": "0",
        "session.inter_op.allow_spinning": "0",
    }
    entries |= {key: text for key, text in context.parameters.items() if key.startswith("session.")}
    for key, text in entries.items():
        options.add_session_config_entry(key, text)
    return options


def check_tensors(
    side: str, configured: Sequence[dict[str, Any]], found: Sequence[Any], batched: bool
) -> None:
    """Holds a graph's tensors against the config's; -1 and a symbolic dimension fit anything.

    Args:
        side: `input` or `output`, for the message.
        configured: the config's tensors: `name`, `data_type`, `dims` without the batch.
        found: the session's tensors: `name`, `type`, `shape` with the batch.
        batched: whether Triton puts a batch dimension before `dims`.

    Raises:
        ValueError: a tensor is missing, or has another type or shape.
    """
    graph = {tensor.name: tensor for tensor in found}
    expected = {tensor["name"]: tensor for tensor in configured}
    if side == "input" and graph.keys() - expected.keys():
        raise ValueError(f"config.pbtxt lacks the graph's input '{min(graph.keys() - expected)}'")
    for name, tensor in expected.items():
        if name not in graph:
            raise ValueError(f"the graph has no {side} '{name}'; it has {', '.join(graph)}")
        if graph[name].type != _ORT_TYPES.get(tensor["data_type"]):
            raise ValueError(
                f"{side} '{name}' is {tensor['data_type']} in config.pbtxt"
                f" and {graph[name].type} in the graph"
            )
        dims = [-1] * batched + [int(size) for size in tensor["dims"]]
        if not _fits(dims, graph[name].shape):
            raise ValueError(
                f"{side} '{name}' is {dims} in config.pbtxt and {graph[name].shape} in the graph"
            )


def _fits(dims: Sequence[int], shape: Sequence[int | str | None]) -> bool:
    if len(dims) != len(shape):
        return False
    return all(
        size in (-1, found) or not isinstance(found, int)
        for size, found in zip(dims, shape, strict=True)
    )


def _execution_mode(context: ModelContext) -> ort.ExecutionMode:
    mode = context.integer("execution_mode", 0)
    if mode not in (0, 1):
        raise ValueError(f"parameter 'execution_mode' is {mode}; 0 and 1 are known")
    return ort.ExecutionMode.ORT_PARALLEL if mode else ort.ExecutionMode.ORT_SEQUENTIAL


def _optimization_level(context: ModelContext) -> ort.GraphOptimizationLevel:
    level = int(context.config.get("optimization", {}).get("graph", {}).get("level", 0))
    # As in the native backend, a level it does not know means everything.
    return _OPTIMIZATION_LEVELS.get(level, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)


def _flag(context: ModelContext, key: str, *, default: bool) -> bool:
    text = context.parameters.get(key, str(int(default))).lower()
    if text not in ("0", "1", "true", "false"):
        raise ValueError(f"parameter '{key}' is '{text}'; 0 and 1 are known")
    return text in ("1", "true")
