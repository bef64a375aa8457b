from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from transformers import CLIPModel

from export.checkpoint import load_checkpoint


@pytest.fixture
def incomplete(clip_folder: Path, tmp_path: Path) -> Path:
    """CLIP without its text projection."""
    (tmp_path / "config.json").symlink_to(clip_folder / "config.json")
    tensors = load_file(clip_folder / "model.safetensors")
    del tensors["text_projection.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    return tmp_path


def test_missing_tensor_is_an_error_that_names_it(incomplete: Path) -> None:
    with pytest.raises(ValueError, match=r"text_projection\.weight and 0 more"):
        load_checkpoint(CLIPModel, incomplete)


def test_tensor_said_to_be_unused_may_be_missing(incomplete: Path) -> None:
    model = load_checkpoint(CLIPModel, incomplete, unused=("text_projection.",))
    assert model.visual_projection.out_features == 512


def test_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        load_checkpoint(CLIPModel, tmp_path / "nowhere")
