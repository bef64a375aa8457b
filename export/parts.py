"""What each family of weights becomes: its graphs, and the files that go beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from export import preprocess, samples
from export.clip import ClipImage, ClipText, load_clip
from export.cpu import Batch
from export.text_encoder import TextEncoder, load_text_model
from export.tokenizer import to_file_format
from export.vit import VitLegacy, load_vit

_IMAGE_AXES = {0: "batch"}
_TEXT_AXES = {0: "batch", 1: "tokens"}


@dataclass(frozen=True)
class Part:
    """One graph to be: a module, the batches to check it on, what its fingerprint records; the
    tokenizer is that of a model of texts."""

    model: str
    module: torch.nn.Module
    batches: Sequence[Batch]
    dynamic_axes: Mapping[int, str]
    dimension: int
    max_tokens: int | None = None
    symbolic_width: bool = False
    tokenizer: Tokenizer | None = None


@dataclass(frozen=True)
class Family:
    """All that one source of weights yields; `files` by their place in the repository."""

    parts: Sequence[Part]
    files: Mapping[str, bytes]


def clip_family(folder: Path) -> Family:
    """CLIP's image and text towers; raises OSError or ValueError for a folder that is not CLIP."""
    clip = load_clip(folder)
    pixels = preprocess.of_clip(clip.image_processor)
    tokenizer = to_file_format(clip.tokenizer, clip.max_tokens)
    image = Part(
        model="clip_image",
        module=ClipImage(clip.model, pixels).eval(),
        batches=samples.image_batches(*pixels.height_width),
        dynamic_axes=_IMAGE_AXES,
        dimension=clip.dimension,
    )
    text = Part(
        model="clip_text",
        module=ClipText(clip.model).eval(),
        batches=samples.text_batches(tokenizer),
        dynamic_axes=_TEXT_AXES,
        dimension=clip.dimension,
        max_tokens=clip.max_tokens,
        tokenizer=tokenizer,
    )
    files = {
        "clip_preprocess/1/preprocess.json": pixels.to_json(),
        "clip_tokenizer/1/tokenizer.json": tokenizer.to_str(pretty=True).encode(),
    }
    return Family([image, text], files)


def text_family(folder: Path) -> Family:
    """A sentence-transformers model; raises OSError or ValueError for a folder that is none."""
    text = load_text_model(folder)
    tokenizer = to_file_format(text.tokenizer, text.max_tokens)
    encoder = Part(
        model="text_encoder",
        module=TextEncoder(text.model).eval(),
        batches=samples.text_batches(tokenizer),
        dynamic_axes=_TEXT_AXES,
        dimension=text.dimension,
        max_tokens=text.max_tokens,
        symbolic_width=True,
        tokenizer=tokenizer,
    )
    return Family(
        [encoder], {"text_tokenizer/1/tokenizer.json": tokenizer.to_str(pretty=True).encode()}
    )


def vit_family(folder: Path) -> Family:
    """The legacy ViT; raises OSError or ValueError for a folder that is none."""
    vit = load_vit(folder)
    pixels = preprocess.of_vit(vit.image_processor)
    legacy = Part(
        model="vit_legacy",
        module=VitLegacy(vit.model, pixels).eval(),
        batches=samples.image_batches(*pixels.height_width),
        dynamic_axes=_IMAGE_AXES,
        dimension=vit.dimension,
    )
    return Family([legacy], {"vit_preprocess/1/preprocess.json": pixels.to_json()})
