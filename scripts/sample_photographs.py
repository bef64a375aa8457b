"""The sample photographs: where in which wheel each lies, and how it is read and shrunk."""

import bz2
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from PIL import Image

LONGEST_SIDE = 800
RACCOON_SHAPE = (768, 1024, 3)


class WheelMember(NamedTuple):
    """A file inside a wheel: the wheel's name pattern and the path within."""

    wheel: str
    path: str


_SKIMAGE = "scikit_image-*.whl"
_SKLEARN = "scikit_learn-*.whl"

PHOTOGRAPHS: Mapping[str, WheelMember] = MappingProxyType(
    {
        "eileen-collins.jpg": WheelMember(_SKIMAGE, "skimage/data/astronaut.png"),
        "hubble-deep-field.jpg": WheelMember(_SKIMAGE, "skimage/data/hubble_deep_field.jpg"),
        "rocket-on-the-pad.jpg": WheelMember(_SKIMAGE, "skimage/data/rocket.jpg"),
        "espresso-cup.jpg": WheelMember(_SKIMAGE, "skimage/data/coffee.png"),
        "chelsea-the-cat.jpg": WheelMember(_SKIMAGE, "skimage/data/chelsea.png"),
        "field-photographer.jpg": WheelMember(_SKIMAGE, "skimage/data/camera.png"),
        "brick-lane.jpg": WheelMember(_SKIMAGE, "skimage/data/brick.png"),
        "summer-palace.jpg": WheelMember(_SKLEARN, "sklearn/datasets/images/china.jpg"),
        "garden-dahlia.jpg": WheelMember(_SKLEARN, "sklearn/datasets/images/flower.jpg"),
        "raccoon.jpg": WheelMember("scipy-1.9.*.whl", "scipy/misc/face.dat"),
        "grace-hopper.jpg": WheelMember(
            "matplotlib-*.whl", "matplotlib/mpl-data/sample_data/grace_hopper.jpg"
        ),
    }
)


def read_photograph(wheels: Path, member: WheelMember) -> Image.Image:
    """RGB photograph, at most `LONGEST_SIDE` pixels long; `ValueError` without its wheel."""
    found = sorted(wheels.glob(member.wheel))
    if not found:
        raise ValueError(f"no {member.wheel} in {wheels}")
    with zipfile.ZipFile(found[-1]) as wheel:
        content = wheel.read(member.path)
    photograph = _decode(content, member.path)
    photograph.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return photograph


def _decode(content: bytes, path: str) -> Image.Image:
    if path.endswith(".dat"):
        # scipy keeps the raccoon as bare pixels, compressed.
        pixels = np.frombuffer(bz2.decompress(content), np.uint8)
        return Image.fromarray(pixels.reshape(RACCOON_SHAPE))
    with Image.open(io.BytesIO(content)) as opened:
        return opened.convert("RGB")
