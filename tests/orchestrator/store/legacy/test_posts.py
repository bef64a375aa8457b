"""The legacy collection on every engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LegacyPosts, legacy_indexes
from tests.orchestrator.store.legacy_conformance import DIMENSION, LegacyConformance, Old


class TestIndexed(LegacyConformance):
    """As it is made where it is missing: with its ids and dates indexed."""

    @pytest.fixture
    async def old(self, tmp_path: Path) -> AsyncIterator[Old]:
        keys = LegacyKeys()
        collection = EmbeddedCollection(
            tmp_path / "media", {UNNAMED: DIMENSION}, legacy_indexes(keys)
        )
        legacy = LegacyPosts(collection, keys, DIMENSION, date_index=keys.created_at[0])
        yield Old(collection, legacy)
        await legacy.close()


class TestEmbedded(LegacyConformance):
    @pytest.fixture
    async def old(self, tmp_path: Path) -> AsyncIterator[Old]:
        collection = EmbeddedCollection(tmp_path / "media", {UNNAMED: DIMENSION}, {})
        legacy = LegacyPosts(collection, LegacyKeys(), DIMENSION)
        yield Old(collection, legacy)
        await legacy.close()
