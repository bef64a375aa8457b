"""Opens the ViT-only system's collection, wherever the settings say that it is."""

import logging
from contextlib import AsyncExitStack

from orchestrator.deadline import Deadline
from orchestrator.errors import InferenceUnavailable, StartupError
from orchestrator.inference.models import Fingerprint, Models
from orchestrator.legacy.side import LegacySide
from orchestrator.settings import Settings
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS, LegacyPosts, legacy_indexes
from orchestrator.store.place import is_same
from orchestrator.store.served.collection import ensure
from orchestrator.store.served.naming import named_by
from orchestrator.store.served.server import QdrantServer

_LOG = logging.getLogger(__name__)


async def open_legacy(
    settings: Settings,
    models: Models,
    opened: AsyncExitStack,
    *,
    server: QdrantServer | None = None,
) -> LegacySide | None:
    """The old system, closed by `opened`; None where the settings make no use of it.

    `server` is the store's, which is used where it is the old collection's too.
    Its collection is made where it is missing; one that is there stays as it is. Raises
    StartupError where the model of its vectors is not served, or the collection's are other ones,
    StoreUnavailable where it can't be reached.
    """
    if not settings.legacy.is_used:
        return None
    fingerprint = await _fingerprint(models, settings)
    url = settings.legacy.url or settings.qdrant_url
    if url is None:
        store = _embedded(settings, fingerprint.dimension)
    else:
        if server is None or not is_same(server.url, url):
            server = QdrantServer(url, settings.qdrant)
            opened.push_async_callback(server.close)
        with named_by("FEEDLENS_LEGACY__URL" if settings.legacy.url else "FEEDLENS_QDRANT_URL"):
            store = await _served(server, settings, fingerprint.dimension)
    opened.push_async_callback(store.close)
    return LegacySide(store, models, fingerprint, settings.legacy)


async def _fingerprint(models: Models, settings: Settings) -> Fingerprint:
    try:
        return await models.legacy_fingerprint(Deadline.after(settings.canary_timeout_s))
    except InferenceUnavailable as exc:
        raise StartupError(
            f"{exc.detail}; FEEDLENS_LEGACY__READ and FEEDLENS_LEGACY__WRITE need it"
        ) from exc


def _embedded(settings: Settings, dimension: int) -> LegacyPosts:
    keys = settings.legacy.keys
    collection = EmbeddedCollection(
        settings.store_path / LEGACY_POSTS, {UNNAMED: dimension}, legacy_indexes(keys)
    )
    return LegacyPosts(collection, keys, dimension, date_index=keys.created_at[0])


async def _served(server: QdrantServer, settings: Settings, dimension: int) -> LegacyPosts:
    keys = settings.legacy.keys
    is_new = await server.describe(LEGACY_POSTS) is None
    collection = await ensure(
        server, LEGACY_POSTS, {UNNAMED: dimension}, legacy_indexes(keys) if is_new else {}
    )
    made = await server.describe(LEGACY_POSTS)
    indexed = made.indexes if made else frozenset()
    if not server.is_local and not indexed.issuperset(keys.media_id):
        _LOG.warning(
            "the collection %s at %s has no index of %s: each look-up reads all of it; index the "
            "key that its media ids have, and name it alone in FEEDLENS_LEGACY__KEYS__MEDIA_ID",
            LEGACY_POSTS,
            server.url,
            " and ".join(sorted(set(keys.media_id) - indexed)),
        )
    dated = [key for key in keys.created_at if key in indexed]
    return LegacyPosts(collection, keys, dimension, date_index=dated[0] if dated else None)
