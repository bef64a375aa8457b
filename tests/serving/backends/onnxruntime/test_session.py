"""A session made from a config: its options, and what is refused at load."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from serving.backends.onnxruntime.session import open_session, session_options
from tests.support.graphs import context, doubler_config, write_doubler

SPINNING = "session.intra_op.allow_spinning"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_doubler(tmp_path / "doubler" / "1" / "model.onnx")
    return tmp_path / "doubler"


def test_the_graph_runs(folder: Path) -> None:
    session = open_session(context(folder, doubler_config(), intra_op_thread_count="1"))
    (doubled,) = session.run(["y"], {"x": np.array([[1, 2, 3]], dtype=np.float32)})
    assert doubled.tolist() == [[2, 4, 6]]


def test_another_file_name_is_honoured(folder: Path) -> None:
    write_doubler(folder / "1" / "int8.onnx")
    (folder / "1" / "model.onnx").unlink()
    config = doubler_config(default_model_filename="int8.onnx")
    assert [put.name for put in open_session(context(folder, config)).get_inputs()] == ["x"]


def test_the_native_parameters_become_session_options(folder: Path) -> None:
    config = doubler_config(optimization={"graph": {"level": -1}})
    options = session_options(
        context(
            folder,
            config,
            intra_op_thread_count="2",
            inter_op_thread_count="3",
            execution_mode="1",
            enable_mem_arena="0",
            enable_mem_pattern="false",
        )
    )
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 3)
    assert options.execution_mode == ort.ExecutionMode.ORT_PARALLEL
    assert options.graph_optimization_level == ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    assert (options.enable_cpu_mem_arena, options.enable_mem_pattern) == (False, False)


def test_the_defaults_are_those_of_the_native_backend(folder: Path) -> None:
    options = session_options(context(folder, doubler_config()))
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (0, 0)
    assert options.execution_mode == ort.ExecutionMode.ORT_SEQUENTIAL
    assert options.graph_optimization_level == ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    assert (options.enable_cpu_mem_arena, options.enable_mem_pattern) == (True, True)


def test_threads_do_not_spin_unless_told(folder: Path) -> None:
    assert (
        session_options(context(folder, doubler_config())).get_session_config_entry(SPINNING) == "0"
    )
    told = context(folder, doubler_config(), **{SPINNING: "1"})
    assert session_options(told).get_session_config_entry(SPINNING) == "1"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"intra_op_thread_count": "two"}, "'intra_op_thread_count' is not a whole number: 'two'"),
        ({"inter_op_thread_count": "-1"}, "'inter_op_thread_count' is -1; the least is 0"),
        ({"execution_mode": "2"}, "'execution_mode' is 2; 0 and 1 are known"),
        ({"enable_mem_arena": "yes"}, "'enable_mem_arena' is 'yes'"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, str], reason: str, folder: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        session_options(context(folder, doubler_config(), **parameters))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"input": [{"name": "z", "data_type": "TYPE_FP32", "dims": [3]}]}, "lacks the graph's"),
        ({"output": [{"name": "z", "data_type": "TYPE_FP32", "dims": [3]}]}, "no output 'z'"),
        ({"input": [{"name": "x", "data_type": "TYPE_INT64", "dims": [3]}]}, "TYPE_INT64 in"),
        ({"input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [4]}]}, r"\[-1, 4\] in"),
        ({"output": [{"name": "y", "data_type": "TYPE_FP32", "dims": [3, 1]}]}, r"\[-1, 3, 1\]"),
        ({"max_batch_size": 0}, r"\[3\] in config.pbtxt and \['batch', 3\] in the graph"),
    ],
)
def test_a_graph_that_is_not_the_configs_is_refused(
    changes: dict[str, Any], reason: str, folder: Path
) -> None:
    with pytest.raises(ValueError, match=reason):
        open_session(context(folder, doubler_config(**changes)))


def test_a_free_dimension_fits_any_width(folder: Path) -> None:
    config = doubler_config(output=[{"name": "y", "data_type": "TYPE_FP32", "dims": [-1]}])
    assert open_session(context(folder, config)).get_outputs()[0].shape == ["batch", 3]


def test_a_missing_graph_says_what_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.onnx is missing; `python -m export` writes it"):
        open_session(context(tmp_path / "doubler", doubler_config()))


def test_a_gpu_instance_is_refused_rather_than_run_on_the_cpu(folder: Path) -> None:
    with pytest.raises(ValueError, match="instance kind GPU needs"):
        open_session(context(folder, doubler_config(), kind="GPU"))
