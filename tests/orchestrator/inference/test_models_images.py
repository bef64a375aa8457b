"""Several pictures at once on the real server, and without one."""

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, UndecodableMedia
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import Tensor, TritonAddress, TritonClient
from tests.support.triton import ServedTriton, free_ports
from tests.support.uploads import plain, with_text

PICTURES = [plain("red"), with_text("A"), plain("blue"), plain("teal"), with_text("B", "C")]


class Counting(TritonClient):
    """Notes how many pictures each request has, and how often the configuration is asked for."""

    def __init__(self, address: TritonAddress) -> None:
        super().__init__(address)
        self.batches: list[int] = []
        self.asked = 0

    async def infer(
        self,
        model: str,
        inputs: Mapping[str, Tensor],
        outputs: Sequence[str],
        deadline: Deadline,
    ) -> dict[str, Tensor]:
        """See `TritonClient`."""
        self.batches.append(len(inputs["bytes"]))
        return await super().infer(model, inputs, outputs, deadline)

    async def max_batch_size(self, model: str, deadline: Deadline) -> int:
        """See `TritonClient`."""
        self.asked += 1
        return await super().max_batch_size(model, deadline)


@pytest.fixture
async def client(triton: ServedTriton) -> AsyncIterator[Counting]:
    opened = Counting(TritonAddress(triton.grpc_url))
    yield opened
    await opened.close()


async def test_each_picture_has_the_vector_that_it_has_alone(client: Counting) -> None:
    models, deadline = TritonModels(client), Deadline.after(60)
    vectors = await models.embed_images(PICTURES, deadline)
    assert len(vectors) == len(PICTURES)
    for picture, vector in zip(PICTURES, vectors, strict=True):
        assert vector == pytest.approx(await models.embed_image(picture, deadline), abs=1e-4)
    assert float(vectors[0] @ vectors[1]) < 0.9999


async def test_batches_are_as_large_as_the_server_takes_them(client: Counting) -> None:
    models, deadline = TritonModels(client), Deadline.after(60)
    assert await client.max_batch_size("image_embedding", deadline) == 4
    await models.embed_images(PICTURES, deadline)
    await models.embed_images(PICTURES[:2], deadline)
    assert client.batches == [4, 1, 2]
    # By this test, and once by the models.
    assert client.asked == 2


async def test_none_are_none(client: Counting) -> None:
    assert await TritonModels(client).embed_images([], Deadline.after(60)) == []
    assert client.batches == []


async def test_what_is_no_picture_is_refused(client: Counting) -> None:
    with pytest.raises(UndecodableMedia):
        await TritonModels(client).embed_images([plain(), b"none"], Deadline.after(60))


async def test_a_model_that_is_not_served_has_no_batches(client: Counting) -> None:
    with pytest.raises(InferenceUnavailable, match="no_such_model"):
        await client.max_batch_size("no_such_model", Deadline.after(60))


async def test_a_server_that_is_away() -> None:
    (port,) = free_ports(1)
    client = TritonClient(TritonAddress(f"127.0.0.1:{port}"))
    with pytest.raises(InferenceUnavailable):
        await TritonModels(client).embed_images(PICTURES, Deadline.after(2))
    await client.close()
