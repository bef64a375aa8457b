"""What reduced precisions are measured on: pictures and captions of a folder, or made ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from tokenizers import Tokenizer

from export import made_pictures, made_texts
from export.agreement import NEIGHBOURS
from export.cpu import Batch
from export.errors import BadUsage, first_line
from export.parts import Part

MADE_PICTURES = 200
MADE_TEXTS = 320
# Fewer say little: of eleven items each is the ten others' neighbour whatever the vectors.
LEAST = 5 * NEIGHBOURS
_PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}
_CAPTION_SUFFIXES = {".txt", ".jsonl"}
_CAPTION_KEYS = ("caption", "text")
# As the tokenizer backend of serving pads.
_TOKEN_MULTIPLE = 16
_PADDING = ("direction", "pad_id", "pad_type_id", "pad_token")


@dataclass(frozen=True)
class Inputs:
    """Inputs of one model, each a batch of one, and what to call them; `made` ones may be cut
    short for a slow model, those of a folder are all measured."""

    name: str
    made: bool
    count: int
    batch: Callable[[int], Batch]


@dataclass(frozen=True)
class Folder:
    """The pictures (by path) and captions that a user gave."""

    pictures: Sequence[Path] = ()
    captions: Sequence[str] = ()


def read_folder(folder: Path | None) -> Folder:
    """Find pictures and captions anywhere in `folder`: a caption a line of each .txt, a JSON
    string or an object with `caption` or `text` a line of each .jsonl. None holds nothing.

    Raises BadUsage when it is no folder, can't be read or holds too few of what it holds.
    """
    if folder is None:
        return Folder()
    if not folder.is_dir():
        raise BadUsage(f"--inputs {folder} is no folder")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    pictures = [path for path in paths if path.suffix.lower() in _PICTURE_SUFFIXES]
    files = [path for path in paths if path.suffix.lower() in _CAPTION_SUFFIXES]
    captions = list(dict.fromkeys(caption for path in files for caption in _captions(path)))
    if not pictures and not captions:
        raise BadUsage(f"--inputs {folder} holds neither pictures nor .txt or .jsonl of captions")
    for kind, found in (("pictures", pictures), ("captions", captions)):
        if 0 < len(found) < LEAST:
            raise BadUsage(
                f"--inputs {folder} holds {len(found)} {kind}; at least {LEAST} tell anything"
            )
    return Folder(pictures, captions)


def for_part(part: Part, folder: Folder) -> Inputs:
    """Inputs as `part` takes them, from `folder` where it has that kind, else made."""
    if part.tokenizer is not None:
        return _texts(part.tokenizer, part.max_tokens, folder.captions)
    _, height, width, _ = part.batches[0]["image"].shape
    return _pictures((width, height), folder.pictures)


def _texts(tokenizer: Tokenizer, max_tokens: int | None, real: Sequence[str]) -> Inputs:
    captions = real or made_texts.captions(MADE_TEXTS)
    padding = {key: tokenizer.padding[key] for key in _PADDING} if tokenizer.padding else {}

    def batch(index: int) -> Batch:
        encoding = tokenizer.encode(captions[index])
        tokens = len(encoding.ids)
        padded = tokens + -tokens % _TOKEN_MULTIPLE
        encoding.pad(min(padded, max_tokens or padded), **padding)
        return {
            "input_ids": torch.tensor([encoding.ids]),
            "attention_mask": torch.tensor([encoding.attention_mask]),
        }

    name = "captions" if real else "made captions"
    return Inputs(name, made=not real, count=len(captions), batch=batch)


def _pictures(size: tuple[int, int], real: Sequence[Path]) -> Inputs:
    if not real:
        return Inputs(
            "made pictures",
            made=True,
            count=MADE_PICTURES,
            batch=lambda index: _pixels(made_pictures.picture(index), size),
        )
    return Inputs(
        "pictures",
        made=False,
        count=len(real),
        batch=lambda index: _pixels(_open(real[index]), size),
    )


def _pixels(picture: Image.Image, size: tuple[int, int]) -> Batch:
    """Cover `size` and cut the middle out, as serving does but for rounding."""
    fitted = ImageOps.fit(picture, size, Image.Resampling.BICUBIC)
    return {"image": torch.from_numpy(np.array(fitted)[None])}


def _open(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadUsage(f"can't read the picture {path}: {first_line(error)}") from error


def _captions(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"can't read the captions {path}: {first_line(error)}") from error
    filled = [line.strip() for line in lines if line.strip()]
    if path.suffix.lower() == ".txt":
        return filled
    return [_caption(path, line) for line in filled]


def _caption(path: Path, line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise BadUsage(f"{path} has a line that is no JSON: {first_line(error)}") from error
    if isinstance(entry, dict):
        entry = next((entry[key] for key in _CAPTION_KEYS if key in entry), None)
    if not isinstance(entry, str):
        raise BadUsage(f"{path} has a line with neither a string nor a caption or text of one")
    return entry
