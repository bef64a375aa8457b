"""Tritons that serve the models of generations, each connected to while the service runs."""

import asyncio
import logging
import time

from orchestrator.background import Background
from orchestrator.deadline import Deadline
from orchestrator.errors import FeedlensError, InferenceUnavailable
from orchestrator.generations.generations import Generations
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient

_LOG = logging.getLogger(__name__)
_RETRY_S = 1.0


class Connections:
    """Brings the models of further Tritons to `generations`, and owns the connections."""

    def __init__(self, generations: Generations, *, timeout_s: float) -> None:
        """`timeout_s` is for one attempt."""
        self._generations = generations
        self._timeout_s = timeout_s
        self._clients: dict[tuple[str, str], TritonClient] = {}
        self._background = Background()

    async def connect(self, triton_url: str) -> str:
        """The id of the generation of the Triton at host:port.

        Raises InferenceUnavailable where it does not answer, what `Generations.connect` raises.
        """
        client = TritonClient(TritonAddress(triton_url))
        models = TritonModels(client)
        try:
            fingerprints = await models.fingerprints(Deadline.after(self._timeout_s))
            key = await self._generations.connect(models, fingerprints)
        except BaseException:
            await client.close()
            raise
        former = self._clients.pop((key, triton_url), None)
        self._clients[key, triton_url] = client
        if former is not None:
            await former.close()
        return key

    async def disconnect(self, key: str) -> None:
        """Close the connections of a generation that is no more."""
        for of, triton_url in list(self._clients):
            if of == key:
                await self._clients.pop((of, triton_url)).close()

    async def connect_next(self, triton_url: str, *, wait_s: float) -> None:
        """Connect, or go on trying in the background.

        Waited for, `wait_s` at most, are only models that are to serve and are not here yet.
        """
        give_up_at_s = time.monotonic() + wait_s
        while True:
            try:
                await self.connect(triton_url)
                return
            except InferenceUnavailable:
                can_serve = await self._generations.can_serve()
                if can_serve or time.monotonic() >= give_up_at_s:
                    self.keep_trying(triton_url)
                    return
            await asyncio.sleep(_RETRY_S)

    def keep_trying(self, triton_url: str) -> None:
        """Connect in the background, as soon as that Triton is there."""
        self._background.start(self._try(triton_url))

    async def close(self) -> None:
        """Close all connections."""
        await self._background.close()
        for client in self._clients.values():
            await client.close()

    async def _try(self, triton_url: str) -> None:
        told = ""
        while True:
            try:
                await self.connect(triton_url)
                return
            except InferenceUnavailable as exc:
                if exc.detail != told:
                    _LOG.warning("waiting for the next models: %s", exc.detail)
                told = exc.detail
            except FeedlensError as exc:
                _LOG.error("the next models can't be served here: %s", exc.detail)
                return
            await asyncio.sleep(_RETRY_S)
