"""The legacy encoder as a graph wants it: pixels in, a unit vector out.

The vector is the state of the class token after the last layer norm. A pooler would follow in
ViTModel, but the checkpoint is an image classifier's and has no weights for one. The old system
stored that state as it is; ours has unit length, which cosine similarity does not see, so the two
can be compared and stored side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import ViTForImageClassification, ViTImageProcessorPil, ViTModel

from export.checkpoint import load_checkpoint
from export.pixels import Pixels
from export.preprocess import Preprocess

_CLASS_TOKEN = 0


@dataclass(frozen=True)
class Vit:
    """A loaded ViT: the model in eval mode, without a pooler, and its image preprocessing."""

    model: ViTModel
    image_processor: ViTImageProcessorPil

    @property
    def dimension(self) -> int:
        return int(self.model.config.hidden_size)


def load_vit(folder: Path) -> Vit:
    """Read a ViT, a classifier's or a bare one, from a folder in transformers' format.

    Raises OSError or ValueError.
    """
    # The classifier's class knows tensors with the prefix `vit.` and those without it.
    classifier = load_checkpoint(ViTForImageClassification, folder, unused=("classifier.",))
    return Vit(
        model=classifier.vit.float().eval(),
        image_processor=ViTImageProcessorPil.from_pretrained(folder, local_files_only=True),
    )


class VitLegacy(torch.nn.Module):
    """`image` uint8 [batch, height, width, 3] -> `vector` float32 [batch, dimension], unit norm."""

    def __init__(self, model: ViTModel, preprocess: Preprocess) -> None:
        super().__init__()
        self.pixels = Pixels(preprocess)
        self.encoder = model

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        states = self.encoder(pixel_values=self.pixels(image)).last_hidden_state
        return torch.nn.functional.normalize(states[:, _CLASS_TOKEN], dim=-1)
