"""The numbers of a model's own image preprocessing, for `preprocess.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from PIL import Image
from transformers import CLIPImageProcessorPil, ViTImageProcessorPil


@dataclass(frozen=True)
class Preprocess:
    """The contents of `preprocess.json`. Serving resizes and crops; rescaling and normalising are
    in the graph and listed for readers.

    `resize` is {shortest_edge} or {height, width}; `crop` is [height, width] or nothing.
    """

    resize: dict[str, int]
    crop: tuple[int, int] | None
    resample: str
    image_mean: tuple[float, ...]
    image_std: tuple[float, ...]
    rescale_factor: float

    @property
    def height_width(self) -> tuple[int, int]:
        """The size of what the graph takes."""
        return self.crop or (self.resize["height"], self.resize["width"])

    def to_json(self) -> bytes:
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def of_clip(processor: CLIPImageProcessorPil) -> Preprocess:
    """Read the numbers; raises ValueError for a processor that works in another way."""
    steps = ("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb")
    if not all(getattr(processor, name) for name in steps) or not processor.size.shortest_edge:
        raise ValueError(
            "its image preprocessing is not CLIP's resize of the shortest edge, centre crop, "
            "rescale and normalise"
        )
    return _read(
        processor,
        resize={"shortest_edge": int(processor.size.shortest_edge)},
        crop=(int(processor.crop_size.height), int(processor.crop_size.width)),
    )


def of_vit(processor: ViTImageProcessorPil) -> Preprocess:
    """Read the numbers; raises ValueError for a processor that works in another way."""
    steps = ("do_resize", "do_rescale", "do_normalize")
    others = ("do_center_crop", "do_pad")
    size = processor.size
    if (
        not all(getattr(processor, name) for name in steps)
        or any(getattr(processor, name, None) for name in others)
        or not (size.height and size.width)
    ):
        raise ValueError(
            "its image preprocessing is not ViT's resize to a height and a width, rescale and "
            "normalise"
        )
    return _read(
        processor, resize={"height": int(size.height), "width": int(size.width)}, crop=None
    )


def _read(
    processor: CLIPImageProcessorPil | ViTImageProcessorPil,
    resize: dict[str, int],
    crop: tuple[int, int] | None,
) -> Preprocess:
    return Preprocess(
        resize=resize,
        crop=crop,
        resample=Image.Resampling(int(processor.resample)).name.lower(),
        image_mean=tuple(processor.image_mean),
        image_std=tuple(processor.image_std),
        rescale_factor=float(processor.rescale_factor),
    )
