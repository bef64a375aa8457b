"""Configurations read and written with Triton's own protobuf."""

import json
from pathlib import Path

import pytest

from serving.errors import RepositoryError
from serving.model_config import backend_of, parameter, read_config, to_json, to_text

TEXT = """backend: "onnxruntime"
max_batch_size: 4
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 3 ] } ]
parameters { key: "intra_op_thread_count" value: { string_value: "2" } }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.pbtxt"
    path.write_text(TEXT)
    return path


def test_a_configuration_is_read(path: Path) -> None:
    config = read_config(path)
    assert (backend_of(config), config.max_batch_size) == ("onnxruntime", 4)
    assert list(config.input[0].dims) == [-1, 3]
    assert parameter(config, "intra_op_thread_count") == "2"
    assert parameter(config, "absent") is None
    assert "absent" not in config.parameters


def test_the_json_has_tritons_own_names(path: Path) -> None:
    document = json.loads(to_json(read_config(path)))
    assert document["max_batch_size"] == 4
    assert document["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": ["-1", "3"]}]
    assert document["parameters"] == {"intra_op_thread_count": {"string_value": "2"}}


def test_what_is_written_reads_as_the_same(path: Path, tmp_path: Path) -> None:
    config = read_config(path)
    (tmp_path / "again.pbtxt").write_text(to_text(config))
    assert read_config(tmp_path / "again.pbtxt") == config


def test_an_ensemble_has_its_platform_for_a_backend(path: Path) -> None:
    path.write_text('platform: "ensemble"')
    assert backend_of(read_config(path)) == "ensemble"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('backend: "x"\nmax_batch: 3\n', 2, "max_batch"),
        ('backend: "x\n', 1, "ending quote"),
        ('backend: "x"\n\ninput [ { name: 3 } ]', 3, "Expected string"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    text: str, line: int, reason: str, path: Path
) -> None:
    path.write_text(text)
    with pytest.raises(RepositoryError) as caught:
        read_config(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}: ")
    assert reason in message
    assert "\n" not in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"gone\.pbtxt can't be read"):
        read_config(tmp_path / "gone.pbtxt")
