"""The legacy model on the real server, and a server without it."""

from collections.abc import AsyncIterator, Mapping, Sequence

import numpy as np
import pytest

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, InvalidRequest, UndecodableMedia
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import Tensor, TritonAddress, TritonClient
from tests.support.triton import ServedTriton
from tests.support.uploads import plain, with_text


@pytest.fixture
async def models(triton: ServedTriton) -> AsyncIterator[TritonModels]:
    client = TritonClient(TritonAddress(triton.grpc_url))
    yield TritonModels(client)
    await client.close()


async def test_a_picture_has_a_vector_of_the_models_dimension(models: TritonModels) -> None:
    deadline = Deadline.after(30)
    fingerprint = await models.legacy_fingerprint(deadline)
    assert (fingerprint.weights, fingerprint.dimension) == ("tiny", 768)
    vector = await models.embed_legacy(plain(), deadline)
    assert vector.shape == (fingerprint.dimension,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-4)
    again, other = [await models.embed_legacy(each, deadline) for each in (plain(), with_text("A"))]
    assert again == pytest.approx(vector, abs=1e-5)
    assert float(vector @ other) < 0.9999


async def test_what_is_no_picture_is_refused(models: TritonModels) -> None:
    with pytest.raises(UndecodableMedia):
        await models.embed_legacy(b"no picture", Deadline.after(30))


class WithoutLegacy(TritonClient):
    """Its `model_card` knows no legacy model."""

    async def infer(
        self,
        model: str,
        inputs: Mapping[str, Tensor],
        outputs: Sequence[str],
        deadline: Deadline,
    ) -> dict[str, Tensor]:
        """See `TritonClient`."""
        raise InvalidRequest("no card of 'vit_legacy'; there are: clip_image")


async def test_a_server_without_the_model_says_so() -> None:
    client = WithoutLegacy(TritonAddress("127.0.0.1:1"))
    with pytest.raises(InferenceUnavailable, match="serves no legacy model: no card") as caught:
        await TritonModels(client).legacy_fingerprint(Deadline.after(5))
    assert caught.value.model == "vit_legacy"
    await client.close()
