from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import CLIPImageProcessorPil, ViTImageProcessorPil

from export.preprocess import of_clip, of_vit


def test_written_numbers_are_those_of_clip_s_paper(repository: Path) -> None:
    written = json.loads((repository / "clip_preprocess/1/preprocess.json").read_bytes())
    assert written == {
        "resize": {"shortest_edge": 224},
        "crop": [224, 224],
        "resample": "bicubic",
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "rescale_factor": pytest.approx(1 / 255),
    }


def test_numbers_are_read_from_the_processor() -> None:
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": 336},
        crop_size={"height": 300, "width": 320},
        resample=2,
        image_mean=[0.1, 0.2, 0.3],
        image_std=[0.4, 0.5, 0.6],
        rescale_factor=0.5,
    )
    numbers = of_clip(processor)
    assert numbers.resize == {"shortest_edge": 336}
    assert numbers.crop == (300, 320)
    assert numbers.resample == "bilinear"
    assert numbers.image_mean == (0.1, 0.2, 0.3)
    assert numbers.image_std == (0.4, 0.5, 0.6)
    assert numbers.rescale_factor == 0.5


def test_sizes_in_the_older_form_are_understood() -> None:
    """As openai/clip-vit-base-patch32 has them in its preprocessor_config.json."""
    numbers = of_clip(CLIPImageProcessorPil(size=224, crop_size=224))
    assert numbers.resize == {"shortest_edge": 224}
    assert numbers.crop == (224, 224)


def test_vit_s_numbers_are_those_of_its_hub_model(repository: Path) -> None:
    written = json.loads((repository / "vit_preprocess/1/preprocess.json").read_bytes())
    assert written == {
        "resize": {"height": 224, "width": 224},
        "crop": None,
        "resample": "bilinear",
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "rescale_factor": pytest.approx(1 / 255),
    }


def test_vit_s_numbers_are_read_from_the_processor() -> None:
    processor = ViTImageProcessorPil(
        size={"height": 300, "width": 320},
        resample=3,
        image_mean=[0.1, 0.2, 0.3],
        image_std=[0.4, 0.5, 0.6],
        rescale_factor=0.5,
    )
    numbers = of_vit(processor)
    assert numbers.resize == {"height": 300, "width": 320}
    assert numbers.height_width == (300, 320)
    assert numbers.crop is None
    assert numbers.resample == "bicubic"
    assert numbers.image_mean == (0.1, 0.2, 0.3)
    assert numbers.image_std == (0.4, 0.5, 0.6)
    assert numbers.rescale_factor == 0.5


def test_vit_s_size_in_the_older_form_is_a_square() -> None:
    assert of_vit(ViTImageProcessorPil(size=224)).resize == {"height": 224, "width": 224}


@pytest.mark.parametrize(
    "settings",
    [
        {"do_resize": False},
        {"do_rescale": False},
        {"do_normalize": False},
        {"do_center_crop": True},
        {"do_pad": True},
        {"size": {"shortest_edge": 224}},
    ],
)
def test_another_way_than_vit_s_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="image preprocessing is not ViT's"):
        of_vit(ViTImageProcessorPil(**settings))


@pytest.mark.parametrize(
    "settings",
    [{"do_center_crop": False}, {"do_normalize": False}, {"size": {"height": 224, "width": 224}}],
)
def test_another_way_of_preprocessing_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="image preprocessing is not CLIP's"):
        of_clip(CLIPImageProcessorPil(**settings))
