"""A sentence-transformers model as one graph: token ids in, unit vectors out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Transformer
from transformers import PreTrainedTokenizerFast

from export.checkpoint import load_checkpoint

# Pooling works on the states of tokens, so a checkpoint may do without it.
_UNUSED = ("pooler.",)


@dataclass(frozen=True)
class TextModel:
    """A loaded sentence-transformers model in eval mode on the CPU."""

    model: SentenceTransformer

    @property
    def tokenizer(self) -> PreTrainedTokenizerFast:
        return self.model.tokenizer

    @property
    def dimension(self) -> int:
        return int(self.model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        return int(self.model.max_seq_length)


def load_text_model(folder: Path) -> TextModel:
    """Read a sentence-transformers folder; raises OSError or ValueError.

    A model that puts a prompt before every text is refused: the graph starts at token ids and
    would leave the prompt out.
    """
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    if not isinstance(model[0], Transformer):
        raise ValueError(f"its first module is {type(model[0]).__name__}, not a transformer")
    if model.default_prompt_name and model.prompts.get(model.default_prompt_name):
        raise ValueError("it puts a prompt before every text, which a graph of token ids can't do")
    # sentence-transformers has no way to ask what its own loading found missing.
    load_checkpoint(type(model[0].auto_model), folder / modules[0]["path"], _UNUSED)
    return TextModel(model.float().eval())


class TextEncoder(torch.nn.Module):
    """`input_ids`, `attention_mask` int64 [batch, tokens] -> `vector` float32 [batch, dimension].

    Runs the model's own modules (transformer, pooling and what follows), then the L2 norm of
    `encode(normalize_embeddings=True)`.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.stages = torch.nn.ModuleList(model)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        for stage in self.stages:
            features = stage(features)
        return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
