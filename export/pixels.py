"""The part of image preprocessing that graphs do themselves."""

from __future__ import annotations

import torch

from export.preprocess import Preprocess


class Pixels(torch.nn.Module):
    """uint8 [batch, height, width, 3] -> float32 [batch, 3, height, width], scaled and
    normalised."""

    image_mean: torch.Tensor
    image_std: torch.Tensor

    def __init__(self, preprocess: Preprocess) -> None:
        super().__init__()
        self.rescale_factor = preprocess.rescale_factor
        self.register_buffer("image_mean", torch.tensor(preprocess.image_mean))
        self.register_buffer("image_std", torch.tensor(preprocess.image_std))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        scaled = image.to(torch.float32) * self.rescale_factor
        return ((scaled - self.image_mean) / self.image_std).permute(0, 3, 1, 2)
