"""An upright RGB image -> the pixels an image encoder takes, as `preprocess.json` says."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from serving.backends.image.decoding import DEFAULT_MAX_PIXELS

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes an encoder's input; lengths in pixels.

    Attributes:
        shortest_edge: what the shorter side is resized to.
        crop_height, crop_width: the central part that is kept.
        resample: the filter of the resize.
    """

    shortest_edge: int
    crop_height: int
    crop_width: int
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
            crop_height, crop_width = exported["crop"]
            return cls(
                shortest_edge=int(exported["resize"]["shortest_edge"]),
                crop_height=int(crop_height),
                crop_width=int(crop_width),
                resample=Image.Resampling[exported["resample"].upper()],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not a preprocess.json: {error!r}") from error

    def apply(self, image: Image.Image) -> Pixels:
        """Resizes the shorter side and crops the centre, as transformers does on Pillow.

        Args:
            image: RGB.

        Returns:
            [crop_height, crop_width, 3], zeros around a picture that is smaller than the crop.
        """
        width, height = self._resized_size(image.size)
        if width * height > DEFAULT_MAX_PIXELS:
            return self._apply_to_strip(image, width, height)
        return self._crop(np.asarray(image.resize((width, height), self.resample)))

    def _resized_size(self, size: tuple[int, int]) -> tuple[int, int]:
        width, height = size
        if width <= height:
            return self.shortest_edge, int(self.shortest_edge * height / width)
        return int(self.shortest_edge * width / height), self.shortest_edge

    def _apply_to_strip(self, image: Image.Image, width: int, height: int) -> Pixels:
        """Resizes what the crop will keep and nothing else: a line of one pixel by thousands
        would grow to gigabytes."""
        kept_width, kept_height = min(width, self.crop_width), min(height, self.crop_height)
        left, top = (width - kept_width) // 2, (height - kept_height) // 2
        x_scale, y_scale = image.width / width, image.height / height
        box = (
            left * x_scale,
            top * y_scale,
            (left + kept_width) * x_scale,
            (top + kept_height) * y_scale,
        )
        return self._crop(np.asarray(image.resize((kept_width, kept_height), self.resample, box)))

    def _crop(self, pixels: Pixels) -> Pixels:
        height, width, _ = pixels.shape
        if height < self.crop_height or width < self.crop_width:
            pixels = self._pad(pixels)
            height, width, _ = pixels.shape
        top, left = (height - self.crop_height) // 2, (width - self.crop_width) // 2
        return np.ascontiguousarray(
            pixels[top : top + self.crop_height, left : left + self.crop_width]
        )

    def _pad(self, pixels: Pixels) -> Pixels:
        height, width, _ = pixels.shape
        missing_height = max(0, self.crop_height - height)
        missing_width = max(0, self.crop_width - width)
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
