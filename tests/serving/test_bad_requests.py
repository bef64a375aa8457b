"""What is wrong with a request is told to its sender, by every model over both protocols.

Neighbours are served, and the same processes serve on.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from serving.processes import stubs_of
from tests.support.asking import INVALID_ARGUMENT, Array, Asker, strings
from tests.support.pictures import bomb, encoded, noise
from tests.support.triton import ServedTriton

Inputs = dict[str, Array]

IDS = np.array([[101, 5, 7, 102]], dtype=np.int64)
PICTURE = encoded(noise(64, 48), "PNG")
OF_PICTURES = (
    "image_embedding", "legacy_embedding", "clip_preprocess", "vit_preprocess", "ocr",
)  # fmt: skip
OF_TEXTS = ("text_embedding", "clip_text_embedding", "text_tokenizer", "clip_tokenizer")
OF_TOKENS = ("clip_text", "text_encoder")
GOOD: dict[str, Inputs] = {
    **{model: {"bytes": strings(PICTURE)} for model in OF_PICTURES},
    **{model: {"text": strings(b"a cat on a sofa")} for model in OF_TEXTS},
    **{model: {"input_ids": IDS, "attention_mask": np.ones_like(IDS)} for model in OF_TOKENS},
    "clip_image": {"image": np.full((1, 224, 224, 3), 90, dtype=np.uint8)},
    "vit_legacy": {"image": np.full((1, 224, 224, 3), 90, dtype=np.uint8)},
    "model_card": {"model": strings(b"clip_image")},
}
NOT_UTF8 = b"abc\xff"


def without_the_first(inputs: Inputs) -> Inputs:
    return dict(list(inputs.items())[1:])


def with_a_wrong_name(inputs: Inputs) -> Inputs:
    first = next(iter(inputs.values()))
    return {**without_the_first(inputs), "wrong": first}


def of_another_type(inputs: Inputs) -> Inputs:
    return {name: np.zeros(array.shape, dtype=np.float32) for name, array in inputs.items()}


def of_another_shape(inputs: Inputs) -> Inputs:
    return {name: np.stack([array, array], axis=-1) for name, array in inputs.items()}


def of_a_batch_too_large(inputs: Inputs) -> Inputs:
    return {name: np.repeat(array, 32, axis=0) for name, array in inputs.items()}


def of_nothing(inputs: Inputs) -> Inputs:
    return {name: array[:0] for name, array in inputs.items()}


SPOILT: list[tuple[Callable[[Inputs], Inputs], str]] = [
    (without_the_first, "missing required input(s) ['{first}']"),
    (with_a_wrong_name, "unexpected inference input 'wrong' for model '{model}'"),
    (of_another_type, "data-type is 'FP32', but model '{model}' expects"),
    (of_another_shape, "unexpected shape for input"),
    (of_a_batch_too_large, "inference request batch-size must be <= "),
    (of_nothing, "for model '{model}'"),
]


@pytest.fixture(scope="module", autouse=True)
def _the_same_processes_serve_on(triton: ServedTriton) -> Iterator[None]:
    before = {stub.process_id for stub in stubs_of(triton.process_id)}
    yield
    after = stubs_of(triton.process_id)
    assert {stub.process_id for stub in after} == before
    assert not any(stub.is_dead for stub in after)


def refused(asker: Asker, model: str, inputs: Inputs) -> str:
    """The message with which the model refuses; the next good request is answered."""
    with pytest.raises(InferenceServerException) as caught:
        asker.ask(model, **inputs)
    assert caught.value.status() in INVALID_ARGUMENT, caught.value
    assert asker.ask(model, **GOOD[model])
    return str(caught.value.message())


def test_every_model_is_asked(triton: ServedTriton) -> None:
    configured = {path.parent.name for path in triton.repository.glob("*/config.pbtxt")}
    assert configured == GOOD.keys()


@pytest.mark.parametrize(
    ("spoil", "reason"), SPOILT, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("model", GOOD)
def test_tensors_that_are_not_the_models(
    model: str, spoil: Callable[[Inputs], Inputs], reason: str, asker: Asker
) -> None:
    first = next(iter(GOOD[model]))
    message = refused(asker, model, spoil(GOOD[model]))
    assert reason.format(model=model, first=first) in message


@pytest.mark.parametrize("model", ["clip_image", "vit_legacy"])
def test_an_image_of_another_size(model: str, asker: Asker) -> None:
    image = np.zeros((1, 100, 100, 3), dtype=np.uint8)
    message = refused(asker, model, {"image": image})
    assert "Expected [-1,224,224,3], got [1,100,100,3]" in message


def test_an_unknown_model(asker: Asker) -> None:
    with pytest.raises(InferenceServerException, match="unknown model: 'nonesuch'") as caught:
        asker.ask("nonesuch", text=strings(b"a"))
    assert caught.value.status() in {"404", "StatusCode.NOT_FOUND"}


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
@pytest.mark.parametrize("model", ["clip_preprocess", "vit_preprocess"])
def test_a_bad_picture_for_a_preprocessing_alone(
    model: str, data: bytes, reason: str, asker: Asker
) -> None:
    assert reason in refused(asker, model, {"bytes": strings(data)})


@pytest.mark.parametrize("model", OF_TEXTS)
def test_text_that_is_not_utf8(model: str, asker: Asker) -> None:
    message = refused(asker, model, {"text": strings(NOT_UTF8)})
    assert "the text is not UTF-8 at byte 3" in message


@pytest.mark.parametrize("text", [b"", b"x" * 10_000, b"cat " * 2_500], ids=["empty", "x", "cat"])
@pytest.mark.parametrize("model", OF_TEXTS)
def test_texts_of_any_length_are_answered(model: str, text: bytes, asker: Asker) -> None:
    answer = asker.ask(model, text=strings(text))
    if "vector" in answer:
        assert np.linalg.norm(answer["vector"]) == pytest.approx(1.0, abs=1e-4)
    else:
        ids, mask = answer["input_ids"], answer["attention_mask"]
        assert ids.shape == mask.shape
        assert 2 <= mask.sum() <= ids.size


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        (
            {"input_ids": IDS, "attention_mask": np.ones((1, 2), dtype=np.int64)},
            r"the inputs differ in their tokens: 'input_ids' has \d+ and 'attention_mask' has 2",
        ),
        (
            {name: np.ones((1, 2000), dtype=np.int64) for name in ("input_ids", "attention_mask")},
            r"the graph can't run on input_ids \[1, 2000\], attention_mask \[1, 2000\]: ",
        ),
        (
            {name: np.ones((1, 0), dtype=np.int64) for name in ("input_ids", "attention_mask")},
            "input 'input_ids' has no tokens",
        ),
        (
            {"input_ids": IDS + 10**7, "attention_mask": np.ones_like(IDS)},
            r"the graph can't run on .*: indices element out of data bounds, idx=\d+",
        ),
    ],
    ids=["unlike lengths", "too long", "no token", "beyond the vocabulary"],
)
@pytest.mark.parametrize("model", OF_TOKENS)
def test_tokens_that_the_graph_can_not_run_are_refused_alone(
    model: str, inputs: Inputs, reason: str, asker: Asker
) -> None:
    assert re.search(reason, refused(asker, model, inputs))
    assert asker.ask(model, **GOOD[model])


@pytest.mark.parametrize(
    ("model", "inputs", "reason"),
    [
        *(
            (model, {"bytes": strings(PICTURE, b"bad")}, "not an image")
            for model in OF_PICTURES[:4]
        ),
        *((model, {"text": strings(b"good", NOT_UTF8)}, "not UTF-8") for model in OF_TEXTS),
    ],
)
def test_a_batch_in_one_request_with_one_bad_element_is_refused_with_its_cause(
    model: str, inputs: Inputs, reason: str, asker: Asker
) -> None:
    assert reason in refused(asker, model, inputs)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.parametrize("model", [*OF_PICTURES, *OF_TEXTS])
def test_requests_beside_a_bad_one_are_answered_as_ever(
    model: str, protocol: str, triton: ServedTriton
) -> None:
    bad = {"bytes": strings(b"bad")} if model in OF_PICTURES else {"text": strings(NOT_UTF8)}

    def ask(inputs: Inputs) -> Inputs | str:
        # A client of its own: that of HTTP belongs to the thread that made it.
        asker = Asker(triton, protocol)
        try:
            return asker.ask(model, **inputs)
        except InferenceServerException as error:
            return str(error.message())
        finally:
            asker.close()

    alone = ask(GOOD[model])
    assert isinstance(alone, dict)
    crowd = [bad if number == 3 else GOOD[model] for number in range(6)]
    with ThreadPoolExecutor(len(crowd)) as callers:
        answers = list(callers.map(ask, crowd))
    refusal = answers.pop(3)
    assert isinstance(refusal, str)
    assert "not an image" in refusal or "not UTF-8" in refusal
    for answer in answers:
        assert isinstance(answer, dict), answer
        for name, array in answer.items():
            if array.dtype == np.object_:
                assert array.tolist() == alone[name].tolist()
            else:
                np.testing.assert_allclose(array, alone[name], atol=1e-5)
