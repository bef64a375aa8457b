"""Queues are bounded: overload is refused at once, and who gives up leaves the queue."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest
import tritonclient.grpc.aio as triton_client
from tritonclient.utils import InferenceServerException

from serving.server import TritonServer
from tests.support import orchestrator
from tests.support.asking import strings
from tests.support.pictures import encoded, noise
from tests.support.triton import ServedTriton, settings_for

_AT_WORK_S = 1.5
_QUEUE = 3
# With one alone, Triton's batcher lets requests wait for no reason now and then.
_INSTANCES = 2
_CONFIG = f"""
backend: "python"
max_batch_size: 1
input [ {{ name: "bytes" data_type: TYPE_STRING dims: [ 1 ] }} ]
output [
  {{ name: "text" data_type: TYPE_STRING dims: [ -1 ] }},
  {{ name: "confidence" data_type: TYPE_FP32 dims: [ -1 ] }},
  {{ name: "box" data_type: TYPE_FP32 dims: [ -1, 4, 2 ] }}
]
instance_group [ {{ kind: KIND_CPU count: {_INSTANCES} }} ]
dynamic_batching {{
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: 20000000
    allow_timeout_override: true
    max_queue_size: {_QUEUE}
  }}
}}
"""
_MODEL = f"""
import numpy as np
import time
from serving.backends.answering import answer
class TritonPythonModel:
    def execute(self, requests):
        time.sleep({_AT_WORK_S} * len(requests))
        line = {{
            "text": np.array([[b"a line"]], dtype=np.object_),
            "confidence": np.ones((1, 1), np.float32),
            "box": np.zeros((1, 1, 4, 2), np.float32),
        }}
        return [answer(line) for _ in requests]
"""


class Slow:
    """A served model that reads every picture in the same time, two at once."""

    def __init__(self, served: ServedTriton, metrics_url: str) -> None:
        self.served = served
        self._metrics_url = metrics_url
        self._client = triton_client.InferenceServerClient(served.grpc_url)

    async def read(self, timeout_s: float = 60.0) -> None:
        picture = triton_client.InferInput("bytes", [1, 1], "BYTES")
        picture.set_data_from_numpy(strings(b"a picture"))
        await self._client.infer("ocr", [picture], client_timeout=timeout_s)

    async def occupy(self, waiting: int) -> list["asyncio.Task[None]"]:
        """Requests that keep its processes at work, and others that wait in its queue."""
        working = [asyncio.create_task(self.read()) for _ in range(_INSTANCES)]
        await asyncio.sleep(0.2)
        await self.wait_pending(0)
        queued = [asyncio.create_task(self.read()) for _ in range(waiting)]
        await self.wait_pending(waiting)
        return working + queued

    async def executions(self) -> int:
        await asyncio.sleep(0.3)  # Triton answers first, then counts
        found = await self._client.get_inference_statistics("ocr", as_json=True)
        return int(found["model_stats"][0].get("execution_count", 0))

    async def wait_pending(self, count: int) -> None:
        """Until so many requests wait in its queue, by Triton's own metrics."""
        give_up_at_s = time.monotonic() + _AT_WORK_S
        while (pending := await asyncio.to_thread(self._pending)) != count:
            assert time.monotonic() < give_up_at_s, f"{pending} are pending, not {count}"
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        await self._client.close()

    def _pending(self) -> int:
        with urlopen(f"http://{self._metrics_url}/metrics") as answer:
            text = answer.read().decode()
        found = re.search(r'^nv_inference_pending_request_count\{model="ocr".*\} (\d+)', text, re.M)
        return int(found[1]) if found else 0


@pytest.fixture(scope="module")
def server(
    exported_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TritonServer]:
    """The slow model under the name of `ocr`, and the cards that the orchestrator starts with."""
    folder = tmp_path_factory.mktemp("queues")
    repository = folder / "model_repository"
    (repository / "ocr/1").mkdir(parents=True)
    (repository / "ocr/config.pbtxt").write_text(_CONFIG)
    (repository / "ocr/1/model.py").write_text(_MODEL)
    (repository / "model_card").symlink_to(exported_repository / "model_card")
    for card in exported_repository.glob("*/1/fingerprint.json"):
        copy = repository / card.relative_to(exported_repository)
        copy.parent.mkdir(parents=True)
        copy.symlink_to(card)
    with TritonServer(settings_for(repository, folder / "run")) as started:
        started.wait_ready()
        yield started


@pytest.fixture
async def slow(server: TritonServer) -> AsyncIterator[Slow]:
    served = ServedTriton(server.http_url, server.grpc_url, Path(), server.process_id)
    made = Slow(served, server.metrics_url)
    yield made
    await made.close()


async def test_who_finds_the_queue_full_is_refused_at_once(slow: Slow) -> None:
    waiting = await slow.occupy(_QUEUE)
    began_at_s = time.monotonic()
    for _ in range(5):
        with pytest.raises(InferenceServerException, match="Exceeds maximum queue size") as caught:
            await slow.read()
        assert caught.value.status() == "StatusCode.UNAVAILABLE"
    assert time.monotonic() - began_at_s < _AT_WORK_S
    await asyncio.gather(*waiting)


async def test_who_cancels_leaves_the_queue_and_is_never_executed(slow: Slow) -> None:
    before = await slow.executions()
    kept = await slow.occupy(1)
    cancelled = asyncio.create_task(slow.read())
    await slow.wait_pending(2)
    cancelled.cancel()
    await asyncio.gather(*kept)
    await slow.wait_pending(0)
    assert await slow.executions() - before == len(kept)


async def test_whose_deadline_passes_leaves_the_queue_and_is_never_executed(slow: Slow) -> None:
    before = await slow.executions()
    kept = await slow.occupy(1)
    late = asyncio.create_task(slow.read(timeout_s=0.3))
    await slow.wait_pending(2)
    with pytest.raises(InferenceServerException) as caught:
        await late
    assert caught.value.status() == "StatusCode.DEADLINE_EXCEEDED"
    await asyncio.gather(*kept)
    await slow.wait_pending(0)
    assert await slow.executions() - before == len(kept)


async def test_through_the_orchestrator_overload_is_503_at_once(slow: Slow, tmp_path: Path) -> None:
    with orchestrator.serve(slow.served.grpc_url, tmp_path / "store") as stack:
        async with httpx.AsyncClient(base_url=stack.url, timeout=60.0) as client:

            async def post(number: int) -> tuple[httpx.Response, float]:
                began_at_s = time.monotonic()
                # Unlike pictures, so that none is answered from the cache.
                files = {"file": encoded(noise(32, 32, seed=number), "PNG")}
                answer = await client.post("/extract-ocr", files=files)
                return answer, time.monotonic() - began_at_s

            answers = await asyncio.gather(
                *(post(number) for number in range(_INSTANCES + 3 * _QUEUE))
            )
    read = [answer for answer, _ in answers if answer.status_code == 200]
    refused = [(answer, took_s) for answer, took_s in answers if answer.status_code != 200]
    assert {answer.json()["ocr_text"] for answer in read} == {"a line"}
    assert len(read) >= _QUEUE
    assert len(refused) >= 1
    for answer, took_s in refused:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Exceeds maximum queue size" in answer.json()["detail"]
        # Those that were let in wait for one another; the refused for nobody.
        assert took_s < _QUEUE * _AT_WORK_S
