"""The collections that a migration reads and writes, in whatever engine the settings name."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from orchestrator.errors import StartupError
from orchestrator.settings import Settings
from orchestrator.store.collection import Collection
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.embedded.manifest import claim
from orchestrator.store.legacy.posts import LEGACY_POSTS, LegacyPosts
from orchestrator.store.open_store import OpenStore
from orchestrator.store.payloads import point_id
from orchestrator.store.protocol import LegacyStore, Store
from orchestrator.store.records import Schema
from orchestrator.store.served.backend import ServerBackend
from orchestrator.store.served.collection import ServerCollection
from orchestrator.store.served.connecting import is_absent_folder
from orchestrator.store.served.naming import named_by
from orchestrator.store.served.server import QdrantServer
from orchestrator.store.store import POSTS

_NO_VECTOR_IS_READ = 0
"""Of the old vectors nothing is used: their dimension is none of a migration's business."""


class Places:
    """Opens each folder and each connection once; `opened` closes them."""

    def __init__(self, settings: Settings, opened: AsyncExitStack) -> None:
        self._settings = settings
        self._opened = opened
        self._servers: dict[str, QdrantServer] = {}
        self._has_folder = False
        self._posts: Collection | None = None

    async def store(self, schema: Schema) -> Store:
        """The new collection, made on first use. Raises StartupError, StoreUnavailable."""
        url = self._settings.qdrant_url
        if url:
            backend = ServerBackend(self._server(url), self._settings.qdrant.prefix)
            with named_by("FEEDLENS_QDRANT_URL"):
                return OpenStore(backend, await backend.open(schema), None).view(schema)
        try:
            store = EmbeddedStore(self._settings.store_path, schema, remembered_posts=0)
        except StartupError as exc:
            raise _with_way_out(exc, self._settings) from exc
        self._opened.push_async_callback(store.close)
        self._has_folder = True
        return store

    async def known(self, media_ids: Sequence[str]) -> set[str]:
        """Which posts the new collection has, as it is; none where there is no collection yet.

        Raises StartupError, StoreUnavailable.
        """
        if self._posts is None:
            self._posts = await self._existing(
                self._settings.qdrant_url, POSTS, prefix=self._settings.qdrant.prefix
            )
        if self._posts is None:
            return set()
        points = {point_id(media_id): media_id for media_id in media_ids}
        return {points[point.id] for point in await self._posts.get(list(points), fields=[])}

    async def legacy(self) -> LegacyStore:
        """The old collection. Raises StartupError where it is not there, StoreUnavailable."""
        own = self._settings.legacy.url
        url = own or self._settings.qdrant_url
        with named_by("FEEDLENS_LEGACY__URL" if own else "FEEDLENS_QDRANT_URL"):
            collection = await self._existing(url, LEGACY_POSTS)
        if collection is None:
            raise StartupError(
                f"there is no collection {LEGACY_POSTS} in {url or self._settings.store_path}; "
                "name the Qdrant that has it with FEEDLENS_LEGACY__URL"
            )
        return LegacyPosts(collection, self._settings.legacy.keys, _NO_VECTOR_IS_READ)

    async def _existing(self, url: str | None, name: str, *, prefix: str = "") -> Collection | None:
        """A collection as it is, nothing made and nothing changed."""
        if url:
            if is_absent_folder(url):
                return None
            server = self._server(url)
            is_there = await server.describe(prefix + name) is not None
            return ServerCollection(server, prefix + name) if is_there else None
        path = self._settings.store_path / name
        if not path.exists():
            return None
        self._hold_folder()
        collection = EmbeddedCollection(path, {}, {})
        self._opened.push_async_callback(collection.close)
        return collection

    def _server(self, url: str) -> QdrantServer:
        if url not in self._servers:
            self._servers[url] = QdrantServer(url, self._settings.qdrant)
            self._opened.push_async_callback(self._servers[url].close)
        return self._servers[url]

    def _hold_folder(self) -> None:
        if self._has_folder:
            return
        try:
            held = claim(self._settings.store_path)
        except StartupError as exc:
            raise _with_way_out(exc, self._settings) from exc
        self._opened.callback(held.release)
        self._has_folder = True


def _with_way_out(exc: StartupError, settings: Settings) -> StartupError:
    """The same; of a folder that another process has, with what can be done about it."""
    if not isinstance(exc.__cause__, BlockingIOError):
        return exc
    return StartupError(
        f"{exc.detail}; if an orchestrator has it, go through that: --service "
        f"{settings.url}, with FEEDLENS_LEGACY__URL naming the Qdrant of the old collection"
    )
