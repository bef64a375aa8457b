"""Requests are real: made by the served models that come before the one that is measured."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.models.cases import Cases, Catalogue, Source, memes, pictures, texts
from orchestrator.inference.triton import TritonAddress, TritonClient
from tests.support.triton import ServedTriton


@pytest.fixture
async def cases(triton: ServedTriton) -> AsyncIterator[Cases]:
    client = TritonClient(TritonAddress(triton.grpc_url))
    yield Cases(Catalogue(triton.repository), client)
    await client.close()


def test_ensembles_tell_who_feeds_whom(exported_repository: Path) -> None:
    catalogue = Catalogue(exported_repository)
    assert catalogue.parts("image_embedding") == ("clip_preprocess", "clip_image")
    assert catalogue.parts("ocr") == ()
    assert catalogue.source("vit_legacy") == Source("vit_preprocess", {"image": "image"})
    assert catalogue.source("text_encoder") == Source(
        "text_tokenizer", {"input_ids": "input_ids", "attention_mask": "attention_mask"}
    )
    assert catalogue.source("clip_tokenizer") is None
    assert set(catalogue.graphs) == {"clip_image", "clip_text", "text_encoder", "vit_legacy"}


def test_pictures_and_texts_are_many_and_all_different() -> None:
    assert len(set(pictures())) == len(pictures()) == 16
    assert {Image.open(io.BytesIO(meme)).size for meme in memes()} == {(800, 600)}
    assert len(set(texts())) == len(texts()) >= 16
    assert any("FINALLY PASSES" in text for text in texts())


async def test_every_model_has_requests_of_its_own_shapes(cases: Cases) -> None:
    for tokens in await cases.requests("text_encoder"):
        ids, mask = tokens["input_ids"], tokens["attention_mask"]
        assert ids.shape == mask.shape
        assert ids.dtype == mask.dtype == np.int64
        assert 3 <= mask.sum() <= len(mask) < mask.sum() + 16
    images = [request["image"] for request in await cases.requests("clip_image")]
    assert {image.shape for image in images} == {(224, 224, 3)}
    assert min(image.std() for image in images) > 10
    names = [request["model"][0] for request in await cases.requests("model_card")]
    assert b"clip_image" in names


async def test_an_ensemble_and_its_parts_get_the_same_texts(
    cases: Cases, triton: ServedTriton
) -> None:
    whole = [request["text"][0] for request in await cases.requests("text_embedding")]
    first = [request["text"][0] for request in await cases.requests("text_tokenizer")]
    assert whole == first == [text.encode() for text in texts()]
    card = triton.repository / "text_encoder/1/fingerprint.json"
    assert json.loads(card.read_text())["max_tokens"] >= 256
