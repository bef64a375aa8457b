from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from transformers import CLIPConfig, ViTConfig

from export.errors import CannotWrite
from export.seeded import write_clip, write_text_model, write_vit
from tests.export.surroundings import largest_file


@pytest.fixture(scope="module")
def text_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text") / "tiny-text"
    write_text_model(folder, "tiny", seed=0)
    return folder


def test_seed_decides_the_weights(clip_folder: Path, tmp_path: Path) -> None:
    write_clip(tmp_path / "same", "tiny", seed=0)
    write_clip(tmp_path / "other", "tiny", seed=1)
    name = "visual_projection.weight"
    first, same, other = (
        load_file(folder / "model.safetensors")[name]
        for folder in (clip_folder, tmp_path / "same", tmp_path / "other")
    )
    assert torch.equal(first, same)
    assert not torch.allclose(first, other)


def test_tiny_clip_takes_and_gives_the_real_one_s_tensors(clip_folder: Path) -> None:
    tiny, real = CLIPConfig.from_pretrained(clip_folder), CLIPConfig()
    assert tiny.projection_dim == real.projection_dim == 512
    assert tiny.vision_config.image_size == real.vision_config.image_size == 224
    assert tiny.text_config.max_position_embeddings == 77


def test_seed_decides_the_vit_s_weights(vit_folder: Path, tmp_path: Path) -> None:
    write_vit(tmp_path / "same", "tiny", seed=0)
    write_vit(tmp_path / "other", "tiny", seed=1)
    name = "vit.embeddings.patch_embeddings.projection.weight"
    first, same, other = (
        load_file(folder / "model.safetensors")[name]
        for folder in (vit_folder, tmp_path / "same", tmp_path / "other")
    )
    assert torch.equal(first, same)
    assert not torch.allclose(first, other)


def test_tiny_vit_is_small_and_gives_the_real_one_s_768(vit_folder: Path) -> None:
    tiny, real = ViTConfig.from_pretrained(vit_folder), ViTConfig()
    assert tiny.hidden_size == real.hidden_size == 768
    assert tiny.image_size == real.image_size == 224
    assert (real.num_hidden_layers, real.intermediate_size, real.patch_size) == (12, 3072, 16)
    assert (vit_folder / "model.safetensors").stat().st_size < 15_000_000


def test_tiny_text_model_gives_768_and_takes_384_tokens(text_folder: Path) -> None:
    model = SentenceTransformer(str(text_folder), device="cpu")
    assert model.get_embedding_dimension() == 768
    assert model.max_seq_length == 384
    cat, dog = model.encode(["a cat", "a dog"])
    assert abs(float(cat @ cat) - 1) < 1e-5
    assert float(cat @ dog) < 0.999


def test_text_tokens_are_mpnet_s(text_folder: Path) -> None:
    tokenizer = SentenceTransformer(str(text_folder), device="cpu").tokenizer
    assert tokenizer.tokenize("Sunsets are beautiful") == ["sunset", "##s", "are", "beautiful"]
    # all-mpnet-base-v2's own ids: <s> 0, </s> 2, and BERT's ids moved by four.
    assert tokenizer("the cat").input_ids == [0, 1996 + 4, 4937 + 4, 2]
    assert len(tokenizer) == 30527


def test_full_scratch_disk_names_tmpdir(tmp_path: Path) -> None:
    with largest_file(bytes_=100_000), pytest.raises(CannotWrite, match="TMPDIR"):
        write_clip(tmp_path / "clip", "tiny", seed=0)
