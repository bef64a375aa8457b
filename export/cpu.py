"""ONNX Runtime on the CPU, as the checks of an export use it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

Batch = Mapping[str, torch.Tensor]


def open_session(graph: bytes, threads: int = 0) -> onnxruntime.InferenceSession:
    """Load a serialized graph; 0 threads are as many as there are cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What it warns of on the way, unused outputs and the like, is not for the user's terminal.
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, batch: Batch) -> NDArray[np.float32]:
    """Vectors [batch, dimension] of named inputs."""
    (vectors,) = session.run(None, {name: tensor.numpy() for name, tensor in batch.items()})
    return vectors
