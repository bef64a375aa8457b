"""The generations that this process can serve, and the one that it does."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator

from orchestrator.background import Background
from orchestrator.errors import Conflict, NotFound, StartupError, StoreUnavailable
from orchestrator.generations.filling import is_filled
from orchestrator.generations.generation import Generation
from orchestrator.inference.models import Fingerprints, Models
from orchestrator.schema import schema_of
from orchestrator.store.generations import describe
from orchestrator.store.open_store import OpenStore
from orchestrator.store.protocol import Store
from orchestrator.store.records import MODALITIES, Schema

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
_SAMPLE = 200
_ENOUGH = 0.99
"""Of the sampled posts, how many must have their vectors before a generation serves."""
_SEED = 0

Build = Callable[[Models, Fingerprints, Store], Generation]


def generation_id(schema: Schema) -> str:
    """Eight hex digits that stand for a pair of models."""
    models = " ".join(schema.fingerprints[modality] for modality in MODALITIES)
    return hashlib.sha256(models.encode()).hexdigest()[:8]


class Generations:
    """Generations by id, for one event loop.

    The store says which one serves, so that all processes on it switch together; one whose models
    this process has no Triton for can't serve here.
    """

    def __init__(self, store: OpenStore, build: Build) -> None:
        self._store = store
        self._build = build
        self._members: dict[str, Generation] = {}
        self._active = ""
        self._background = Background()

    def __iter__(self) -> Iterator[Generation]:
        return iter(list(self._members.values()))

    @property
    def active(self) -> Generation:
        """What serves."""
        return self._members[self._active]

    @property
    def beside(self) -> list[Generation]:
        """The others that this process has the models of."""
        return [member for key, member in self._members.items() if key != self._active]

    async def connect(self, models: Models, fingerprints: Fingerprints) -> str:
        """Take in a pair of models, and make room for their vectors; answers the id.

        The same from another Triton takes the place of the former. Raises Conflict for a model
        that is stored with another dimension, StoreUnavailable.
        """
        schema = schema_of(fingerprints)
        key = generation_id(schema)
        store = await self._store.add(schema)
        former = self._members.get(key)
        self._members[key] = self._build(models, fingerprints, store)
        if former is not None:
            await former.close()
        _LOG.info("generation %s of %s is here", key, describe(schema))
        return key

    async def can_serve(self) -> bool:
        """Whether the models that are to serve are here. Raises StoreUnavailable."""
        return generation_id(await self._store.active()) in self._members

    async def refresh(self) -> None:
        """Serve what the store says; StartupError where this process can't."""
        schema = await self._store.active()
        key = generation_id(schema)
        await self._forget_dropped()
        if key == self._active:
            return
        if key not in self._members:
            raise StartupError(
                f"generation {key} of {describe(schema)} is to serve, and no Triton with these "
                "models is known here; name one with FEEDLENS_TRITON_URL or "
                "FEEDLENS_NEXT_TRITON_URL, or activate another generation"
            )
        # What it remembers of viewers is as old as its last turn.
        self._members[key].profiles.clear()
        level = logging.WARNING if self._active else logging.INFO
        self._active = key
        _LOG.log(level, "generation %s of %s serves now", key, describe(schema))

    async def _forget_dropped(self) -> None:
        """Let go of generations that another process dropped."""
        for key in self._members.keys() - self.known().keys():
            if key != self._active:
                await self._members.pop(key).close()

    def watch(self) -> None:
        """Follow what the store says from now on."""
        self._background.start(self._watch())

    async def activate(self, key: str, *, force: bool = False) -> None:
        """Let a generation serve, here at once and elsewhere within a second or two.

        Raises NotFound, Conflict for one that lacks vectors unless `force`, or whose models are
        not known here.
        """
        schema = self.member(key).store.schema
        filled = await self.filled_share(key)
        if not force and filled is not None and filled < _ENOUGH:
            raise Conflict(
                f"{filled:.1%} of the posts looked at have vectors of generation {key}; backfill "
                "it first, or force it"
            )
        await self._store.activate(schema)
        await self.refresh()

    async def drop(self, key: str) -> None:
        """Delete a generation's vectors. Raises NotFound, Conflict for the one that serves."""
        schema = self.idle(key)
        member = self._members.pop(key, None)
        await self._store.drop(schema)
        if member is not None:
            await member.close()

    async def filled_share(self, key: str) -> float | None:
        """Of some posts drawn at random, how many have all their vectors; None without posts.

        Raises NotFound.
        """
        store = self._store.view(self.schema(key))
        drawn = await store.sample_posts(_SAMPLE, seed=_SEED)
        posts = (await store.get_posts(drawn, with_vectors=True)).values()
        return sum(map(is_filled, posts)) / len(posts) if posts else None

    def member(self, key: str) -> Generation:
        """A generation; NotFound, Conflict for one whose models are not known here."""
        self.schema(key)
        if key not in self._members:
            raise Conflict(f"no Triton that serves generation {key} is known to this process")
        return self._members[key]

    def idle(self, key: str) -> Schema:
        """A generation that does not serve; NotFound, Conflict where it does."""
        schema = self.schema(key)
        if key == self._active:
            raise Conflict(f"generation {key} serves; activate another one first")
        return schema

    def schema(self, key: str) -> Schema:
        """Of a generation; NotFound."""
        known = self.known()
        if key not in known:
            raise NotFound(f"no generation has the id {key!r}; there are {', '.join(known)}")
        return known[key]

    def known(self) -> dict[str, Schema]:
        """All generations of the store, by id."""
        return {generation_id(schema): schema for schema in self._store.generations}

    def is_connected(self, key: str) -> bool:
        """Whether this process has its models."""
        return key in self._members

    def is_active(self, key: str) -> bool:
        """Whether it serves."""
        return key == self._active

    async def close(self) -> None:
        """End what runs; the store stays open."""
        await self._background.close()
        for member in self._members.values():
            await member.close()

    async def _watch(self) -> None:
        told = ""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.refresh()
                told = ""
            except (StartupError, StoreUnavailable) as exc:
                if exc.detail != told:
                    _LOG.error("still serving generation %s: %s", self._active, exc.detail)
                told = exc.detail
