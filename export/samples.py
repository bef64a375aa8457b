"""What parity is checked on: pictures and texts at the edges of what a model takes."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer

from export.cpu import Batch

_TEXT_BATCHES = (
    ["a"],
    ["", "a photo of a cat", "two dogs run along a beach at sunset, one with a stick in its mouth"],
    ["short", "many words " * 20, "and many more " * 600],
)


def image_batches(height: int, width: int) -> list[Batch]:
    """One batch of one picture and one of six: noise, gradients, black, white, stripes."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(256, (2, height, width, 3), dtype=torch.uint8, generator=generator)
    across = torch.linspace(0, 255, width).to(torch.uint8).view(1, width, 1)
    down = torch.linspace(0, 255, height).to(torch.uint8).view(height, 1, 1)
    stripes = torch.arange(width).remainder(2).mul(255).to(torch.uint8).view(1, width, 1)
    black = torch.zeros(1, 1, 1, dtype=torch.uint8)
    drawn = [across, down, stripes, black, black + 255]
    pictures = torch.stack([picture.expand(height, width, 3) for picture in drawn])
    return [{"image": noise[:1]}, {"image": torch.cat([noise[1:], pictures])}]


def text_batches(tokenizer: Tokenizer) -> list[Batch]:
    """Batches of 1 and 3 texts: empty, short, with padding, cut at the maximum."""
    return [_encode(tokenizer, texts) for texts in _TEXT_BATCHES]


def _encode(tokenizer: Tokenizer, texts: list[str]) -> Batch:
    encodings = tokenizer.encode_batch(texts)
    return {
        "input_ids": torch.tensor([encoding.ids for encoding in encodings]),
        "attention_mask": torch.tensor([encoding.attention_mask for encoding in encodings]),
    }
