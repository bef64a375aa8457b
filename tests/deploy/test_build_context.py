"""What reaches a builder: code, and nothing that is large or secret."""

import pytest

from tests.support.images import CONTEXT


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.production",
        ".git/config",
        ".venv/bin/python",
        ".cache/exported/clip_image/1/model.onnx",
        ".run/triton.log",
        "data/store/manifest.json",
        "deploy/.env",
        "deploy/triton.env",
        "docker-compose.yml",
        "model_repository/clip_image/1/model.onnx",
        "model_repository/clip_image/1/model.onnx.data",
        "model_repository/text_tokenizer/1/tokenizer.json",
        "serving/__pycache__/server.cpython-312.pyc",
        "tests/conftest.py",
    ],
)
def test_stays_out(path: str) -> None:
    assert not CONTEXT.holds(path)


@pytest.mark.parametrize(
    "path",
    [
        "constraints.txt",
        "deploy/triton/healthcheck.py",
        "model_repository/clip_image/config.pbtxt",
        "model_repository/clip_image/configs/tensorrt.pbtxt",
        "model_repository/image_embedding/1/.gitkeep",
        "model_repository/ocr/1/model.py",
        "orchestrator/feed/calibration.json",
        "serving/backends/image/model.py",
    ],
)
def test_comes_along(path: str) -> None:
    assert CONTEXT.holds(path)
