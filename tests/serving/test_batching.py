"""Dynamic batching on the real server, by Triton's own statistics."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from tests.support.asking import Array, Asker, strings
from tests.support.pictures import encoded, noise
from tests.support.triton import ServedTriton

_AT_ONCE = 16
_STANDS_STILL_S = 0.2


@pytest.fixture
def crowd(triton: ServedTriton) -> Iterator[list[Asker]]:
    """One client for each of many callers."""
    askers = [Asker(triton, "grpc") for _ in range(_AT_ONCE)]
    yield askers
    for asker in askers:
        asker.close()


@dataclass(frozen=True)
class Outcome:
    """A vector, or the message of a refusal."""

    vector: Array
    refusal: str = ""


def ask_at_once(
    crowd: list[Asker], model: str, requests: Sequence[Mapping[str, Array]]
) -> list[Outcome]:
    """Asks everything at the same time, and one thing after another of each client."""

    def ask(index: int) -> Outcome:
        try:
            return Outcome(crowd[index % _AT_ONCE].ask(model, **requests[index])["vector"][0])
        except InferenceServerException as error:
            return Outcome(np.zeros(0), str(error))

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(ask, range(len(requests))))


def counted(asker: Asker, model: str) -> tuple[int, int]:
    """Inferences and executions, once they stand still: Triton counts after it has answered."""
    before, now = None, asker.statistics(model)
    while now != before:
        time.sleep(_STANDS_STILL_S)
        before, now = now, asker.statistics(model)
    return now


def test_images_at_once_arrive_in_fewer_executions(crowd: list[Asker]) -> None:
    images = [strings(encoded(noise(64, 64, seed=seed), "PNG")) for seed in range(4 * _AT_ONCE)]
    served, executions = counted(crowd[0], "clip_preprocess")
    ask_at_once(crowd, "image_embedding", [{"bytes": image} for image in images])
    served_then, executions_then = counted(crowd[0], "clip_preprocess")
    assert served_then - served == len(images)
    assert executions_then - executions < len(images) * 0.75


def test_texts_at_once_are_encoded_together_and_each_gets_its_own_vector(
    crowd: list[Asker],
) -> None:
    texts = [strings(f"text number {number}".encode()) for number in range(4 * _AT_ONCE)]
    alone = [crowd[0].ask("text_embedding", text=text)["vector"][0] for text in texts]
    served, executions = counted(crowd[0], "text_encoder")
    outcomes = ask_at_once(crowd, "text_embedding", [{"text": text} for text in texts])
    served_then, executions_then = counted(crowd[0], "text_encoder")
    assert served_then - served == len(texts)
    assert executions_then - executions < len(texts) * 0.75
    together = np.stack([outcome.vector for outcome in outcomes])
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-5)


def test_a_bad_image_among_good_ones_fails_alone(crowd: list[Asker]) -> None:
    good, bad = strings(encoded(noise(64, 64), "PNG")), strings(b"no image")
    images = [bad if index % 5 == 2 else good for index in range(2 * _AT_ONCE)]
    expected = crowd[0].ask("image_embedding", bytes=good)["vector"][0]
    outcomes = ask_at_once(crowd, "image_embedding", [{"bytes": image} for image in images])
    for image, outcome in zip(images, outcomes, strict=True):
        if image is bad:
            assert "not an image in one of" in outcome.refusal
        else:
            np.testing.assert_allclose(outcome.vector, expected, atol=1e-5)


def test_tokens_that_break_the_graph_fail_alone(crowd: list[Asker]) -> None:
    """Ids beyond the vocabulary, in the same batch as sound ones."""
    sound = crowd[0].ask_one("text_tokenizer", text=b"a sound text")
    expected = crowd[0].ask("text_encoder", **sound)["vector"][0]
    broken = {**sound, "input_ids": np.full_like(sound["input_ids"], 10_000_000)}
    requests = [broken if index % 4 == 1 else sound for index in range(2 * _AT_ONCE)]
    outcomes = ask_at_once(crowd, "text_encoder", requests)
    for request, outcome in zip(requests, outcomes, strict=True):
        if request is broken:
            assert "10000000" in outcome.refusal
        else:
            np.testing.assert_allclose(outcome.vector, expected, atol=1e-5)
