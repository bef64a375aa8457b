"""The numbers of CLIP's own image preprocessing, for `preprocess.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from PIL import Image
from transformers import CLIPImageProcessorPil


@dataclass(frozen=True)
class Preprocess:
    """The contents of `preprocess.json`. Serving resizes and crops (`crop` is [height, width]);
    rescaling and normalising are in the graph and listed for readers."""

    resize: dict[str, int]
    crop: tuple[int, int]
    resample: str
    image_mean: tuple[float, ...]
    image_std: tuple[float, ...]
    rescale_factor: float

    def to_json(self) -> bytes:
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def of_processor(processor: CLIPImageProcessorPil) -> Preprocess:
    """Read the numbers; raises ValueError for a processor that works in another way."""
    steps = ("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb")
    skipped = [name for name in steps if not getattr(processor, name)]
    if skipped or not processor.size.shortest_edge:
        raise ValueError(
            "its image preprocessing is not CLIP's resize of the shortest edge, centre crop, "
            "rescale and normalise"
        )
    return Preprocess(
        resize={"shortest_edge": int(processor.size.shortest_edge)},
        crop=(int(processor.crop_size.height), int(processor.crop_size.width)),
        resample=Image.Resampling(int(processor.resample)).name.lower(),
        image_mean=tuple(processor.image_mean),
        image_std=tuple(processor.image_std),
        rescale_factor=float(processor.rescale_factor),
    )
