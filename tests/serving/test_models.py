"""Every model of the repository, asked on the real server."""

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image
from tritonclient.utils import InferenceServerException

from serving.backends.image.decoding import decode
from serving.backends.image.preprocessing import Preprocessing
from tests.support.asking import INVALID_ARGUMENT, Array, Asker, strings
from tests.support.pictures import bomb, encoded, noise, with_orientation

PICTURE = encoded(noise(320, 240), "JPEG")
TEXT = "Ein Hund läuft über die Wiese".encode()


def fingerprint(repository: Path, model: str) -> dict[str, object]:
    card: dict[str, object] = json.loads((repository / model / "1/fingerprint.json").read_text())
    return card


@pytest.mark.parametrize(
    ("ensemble", "encoder", "data"),
    [
        ("image_embedding", "clip_image", PICTURE),
        ("legacy_embedding", "vit_legacy", PICTURE),
        ("clip_text_embedding", "clip_text", TEXT),
        ("text_embedding", "text_encoder", TEXT),
    ],
)
def test_an_embedding_is_a_unit_vector_of_the_fingerprints_dimension(
    ensemble: str, encoder: str, data: bytes, asker: Asker, exported_repository: Path
) -> None:
    name = "bytes" if data is PICTURE else "text"
    vector = asker.ask_one(ensemble, **{name: data})["vector"]
    assert vector.shape == (1, fingerprint(exported_repository, encoder)["dimension"])
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    "data",
    [
        encoded(noise(640, 480), "JPEG"),
        encoded(noise(333, 251, "RGBA"), "PNG"),
        with_orientation(noise(300, 200), 6),
    ],
    ids=["jpeg", "transparent png", "rotated jpeg"],
)
@pytest.mark.parametrize(
    ("preprocess", "encoder", "ensemble"),
    [
        ("clip_preprocess", "clip_image", "image_embedding"),
        ("vit_preprocess", "vit_legacy", "legacy_embedding"),
    ],
    ids=["clip", "vit"],
)
def test_the_image_path_equals_pillow_and_onnx_in_this_process(
    preprocess: str,
    encoder: str,
    ensemble: str,
    data: bytes,
    asker: Asker,
    exported_repository: Path,
) -> None:
    numbers = Preprocessing.from_file(exported_repository / preprocess / "1/preprocess.json")
    pixels = numbers.apply(decode(data))[None]
    np.testing.assert_array_equal(asker.ask_one(preprocess, bytes=data)["image"], pixels)
    session = ort.InferenceSession(str(exported_repository / encoder / "1/model.onnx"))
    (expected,) = session.run(["vector"], {"image": pixels})
    for vector in (
        asker.ask(encoder, image=pixels)["vector"],
        asker.ask_one(ensemble, bytes=data)["vector"],
    ):
        np.testing.assert_allclose(vector, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("encoder", "image", "reason"),
    [
        ("vit_legacy", np.zeros((1, 3, 224, 224), np.uint8), "unexpected shape"),
        ("vit_legacy", np.zeros((1, 224, 224, 3), np.float32), "UINT8"),
        ("vit_legacy", np.zeros((5, 224, 224, 3), np.uint8), "batch-size must be <= 4"),
    ],
    ids=["transposed", "float", "five at once"],
)
def test_a_tensor_of_a_wrong_form_is_refused_with_what_is_wrong(
    encoder: str, image: Array, reason: str, asker: Asker
) -> None:
    with pytest.raises(InferenceServerException) as caught:
        asker.ask(encoder, image=image)
    assert caught.value.status() in INVALID_ARGUMENT
    assert reason in str(caught.value.message())


@pytest.mark.parametrize(
    ("tokenizer", "encoder"), [("clip_tokenizer", "clip_text"), ("text_tokenizer", "text_encoder")]
)
def test_tokens_come_in_multiples_of_sixteen_up_to_the_models_limit(
    tokenizer: str, encoder: str, asker: Asker, exported_repository: Path
) -> None:
    limit = int(str(fingerprint(exported_repository, encoder)["max_tokens"]))
    short = asker.ask_one(tokenizer, text=b"cat")
    assert short["input_ids"].shape == short["attention_mask"].shape == (1, 16)
    assert 3 <= short["attention_mask"].sum() < 16
    longer = asker.ask_one(tokenizer, text=b"cat " * 15)
    assert longer["attention_mask"].sum() > 16
    assert longer["input_ids"].shape == (1, -(-longer["attention_mask"].sum() // 16) * 16)
    longest = asker.ask_one(tokenizer, text=b"cat " * 5000)
    assert longest["input_ids"].shape == (1, limit)
    assert longest["attention_mask"].sum() == limit


def test_padding_changes_no_vector(grpc_asker: Asker) -> None:
    tokens = grpc_asker.ask_one("text_tokenizer", text=TEXT)
    padded = {name: np.pad(array, ((0, 0), (0, 48))) for name, array in tokens.items()}
    np.testing.assert_allclose(
        grpc_asker.ask("text_encoder", **padded)["vector"],
        grpc_asker.ask("text_encoder", **tokens)["vector"],
        atol=1e-5,
    )


def test_texts_of_like_meaning_are_nearer(grpc_asker: Asker) -> None:
    texts = [b"a small dog plays", b"the puppy is playing", b"interest rates were raised"]
    dog, puppy, rates = (
        grpc_asker.ask_one("text_embedding", text=text)["vector"][0] for text in texts
    )
    assert dog @ puppy > 0.6
    assert dog @ rates < 0.3


def test_a_batch_of_one_request_equals_its_parts(grpc_asker: Asker) -> None:
    texts = [b"a", b"a longer text", b"cat " * 30]
    together = grpc_asker.ask("text_embedding", text=strings(*texts))["vector"]
    for row, text in enumerate(texts):
        alone = grpc_asker.ask_one("text_embedding", text=text)["vector"][0]
        np.testing.assert_allclose(together[row], alone, atol=1e-5)


def test_the_card_is_the_exported_fingerprint(asker: Asker, exported_repository: Path) -> None:
    for model in ("clip_image", "clip_text", "text_encoder", "vit_legacy"):
        (card,) = asker.ask_one("model_card", model=model.encode())["card"][0]
        assert json.loads(card) == fingerprint(exported_repository, model)


def test_a_model_without_a_card_is_refused(asker: Asker) -> None:
    assert "no card of 'ocr'; there are: clip_image" in asker.refusal("model_card", model=b"ocr")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the image is empty"),
        (b"no image at all", "not an image in one of JPEG, PNG"),
        (encoded(noise(200, 200), "JPEG")[:9000], "the JPEG image is damaged or truncated"),
        (bomb(), "30000 x 30000 pixels; the limit is 50,000,000 pixels"),
    ],
    ids=["empty", "text", "truncated", "bomb"],
)
@pytest.mark.parametrize("model", ["image_embedding", "legacy_embedding", "ocr"])
def test_a_bad_image_is_the_callers_fault_and_the_next_is_fine(
    model: str, data: bytes, reason: str, asker: Asker
) -> None:
    assert reason in asker.refusal(model, bytes=data)
    assert asker.ask_one(model, bytes=encoded(Image.new("RGB", (64, 64)), "PNG"))


@pytest.mark.parametrize("model", ["text_embedding", "clip_text_embedding"])
def test_text_that_is_not_utf8_is_the_callers_fault(model: str, asker: Asker) -> None:
    assert "the text is not UTF-8 at byte 3" in asker.refusal(model, text=b"abc\xff")
    assert asker.ask_one(model, text=b"")["vector"].shape[0] == 1
