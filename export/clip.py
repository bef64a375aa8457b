"""CLIP's two towers as graphs want them: pixels or token ids in, unit vectors out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoTokenizer, CLIPImageProcessorPil, CLIPModel, PreTrainedTokenizerFast

from export.checkpoint import load_checkpoint
from export.pixels import Pixels
from export.preprocess import Preprocess


@dataclass(frozen=True)
class Clip:
    """A loaded CLIP: the model in eval mode, its tokenizer and its image preprocessing."""

    model: CLIPModel
    tokenizer: PreTrainedTokenizerFast
    image_processor: CLIPImageProcessorPil

    @property
    def dimension(self) -> int:
        return int(self.model.config.projection_dim)

    @property
    def max_tokens(self) -> int:
        return int(self.model.config.text_config.max_position_embeddings)


def load_clip(folder: Path) -> Clip:
    """Read CLIP from a folder in transformers' format; raises OSError or ValueError."""
    return Clip(
        model=load_checkpoint(CLIPModel, folder).float().eval(),
        tokenizer=AutoTokenizer.from_pretrained(folder, local_files_only=True),
        image_processor=CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True),
    )


class ClipImage(torch.nn.Module):
    """`image` uint8 [batch, height, width, 3] -> `vector` float32 [batch, dimension], unit norm."""

    def __init__(self, model: CLIPModel, preprocess: Preprocess) -> None:
        super().__init__()
        self.tower = model.vision_model
        self.projection = model.visual_projection
        self.pixels = Pixels(preprocess)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        features = self.projection(self.tower(pixel_values=self.pixels(image)).pooler_output)
        return torch.nn.functional.normalize(features, dim=-1)


class ClipText(torch.nn.Module):
    """`input_ids`, `attention_mask` int64 [batch, tokens] -> `vector` float32 [batch, dimension].

    The tower takes the state at the first end-of-text token, so padding with that same token
    changes nothing.
    """

    def __init__(self, model: CLIPModel) -> None:
        super().__init__()
        self.tower = model.text_model
        self.projection = model.text_projection

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        state = self.tower(input_ids=input_ids, attention_mask=attention_mask)
        return torch.nn.functional.normalize(self.projection(state.pooler_output), dim=-1)
