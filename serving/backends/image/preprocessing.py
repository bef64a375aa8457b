"""An upright RGB image -> the pixels an image encoder takes, as `preprocess.json` says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from serving.backends.image.decoding import DEFAULT_MAX_PIXELS

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ShortestEdge:
    """A resize to where the shorter side has `length_px`; the other follows in proportion."""

    length_px: int

    def target(self, width: int, height: int) -> tuple[int, int]:
        """Width and height that an image of these becomes."""
        if width <= height:
            return self.length_px, int(self.length_px * height / width)
        return int(self.length_px * width / height), self.length_px


@dataclass(frozen=True)
class ExactSize:
    """A resize of both sides, whatever their proportion was."""

    height: int
    width: int

    def target(self, _width: int, _height: int) -> tuple[int, int]:
        """Width and height that every image becomes."""
        return self.width, self.height


@dataclass(frozen=True)
class Crop:
    """The central part that is kept."""

    height: int
    width: int


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes an encoder's input; lengths in pixels.

    Attributes:
        resize: what the image is resized to.
        crop: what is kept of that, everything where it is None.
        resample: the filter of the resize.
    """

    resize: ShortestEdge | ExactSize
    crop: Crop | None
    resample: Image.Resampling

    @classmethod
    def from_file(cls, path: Path) -> "Preprocessing":
        """Reads an exported `preprocess.json`.

        Raises:
            OSError: the file can't be read.
            ValueError: it is not what `python -m export` writes; the message names the file.
        """
        try:
            exported = json.loads(path.read_text(encoding="utf-8"))
            resize, crop = _resize(exported["resize"]), exported["crop"]
            if crop is None and isinstance(resize, ShortestEdge):
                raise ValueError("without a crop, images of one size can't come out")
            return cls(
                resize=resize,
                crop=None if crop is None else Crop(*map(int, crop)),
                resample=Image.Resampling[exported["resample"].upper()],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not a preprocess.json: {error!r}") from error

    def apply(self, image: Image.Image) -> Pixels:
        """Resizes and crops the centre, as transformers does on Pillow.

        Args:
            image: RGB, with sides that `decode` lets pass.

        Returns:
            [height, width, 3], zeros around a picture that is smaller than the crop.
        """
        width, height = self.resize.target(*image.size)
        if self.crop is None:
            return np.array(image.resize((width, height), self.resample))
        if width * height > DEFAULT_MAX_PIXELS:
            image = self._resize_strip(image, self.crop, width, height)
        else:
            image = image.resize((width, height), self.resample)
        return _centre(np.asarray(image), self.crop)

    def _resize_strip(self, image: Image.Image, crop: Crop, width: int, height: int) -> Image.Image:
        """Resizes what the crop will keep and nothing else: a line of one pixel by thousands
        would grow to gigabytes."""
        kept_width, kept_height = min(width, crop.width), min(height, crop.height)
        left, top = (width - kept_width) // 2, (height - kept_height) // 2
        x_scale, y_scale = image.width / width, image.height / height
        box = (
            left * x_scale,
            top * y_scale,
            (left + kept_width) * x_scale,
            (top + kept_height) * y_scale,
        )
        return image.resize((kept_width, kept_height), self.resample, box)


def _resize(exported: Mapping[str, int]) -> ShortestEdge | ExactSize:
    if "shortest_edge" in exported:
        return ShortestEdge(int(exported["shortest_edge"]))
    return ExactSize(height=int(exported["height"]), width=int(exported["width"]))


def _centre(pixels: Pixels, crop: Crop) -> Pixels:
    height, width, _ = pixels.shape
    if height < crop.height or width < crop.width:
        pixels = _pad(pixels, crop)
        height, width, _ = pixels.shape
    top, left = (height - crop.height) // 2, (width - crop.width) // 2
    return np.ascontiguousarray(pixels[top : top + crop.height, left : left + crop.width])


def _pad(pixels: Pixels, crop: Crop) -> Pixels:
    height, width, _ = pixels.shape
    missing_height = max(0, crop.height - height)
    missing_width = max(0, crop.width - width)
    # The larger half goes before the picture, as in transformers' center_crop.
    before = (missing_height + 1) // 2, (missing_width + 1) // 2
    return np.pad(
        pixels,
        (
            (before[0], missing_height - before[0]),
            (before[1], missing_width - before[1]),
            (0, 0),
        ),
    )
