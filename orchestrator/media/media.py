"""A post's medium, from wherever it lies."""

import asyncio
from dataclasses import replace
from typing import Protocol

from orchestrator.content.recognise import MediumLimits, recognise
from orchestrator.content.video import Medium
from orchestrator.errors import FeedlensError, StoreUnavailable, TooLarge, UnsupportedKind
from orchestrator.media.errors import NoPath, Oversized, Undecodable, UnsupportedMedia
from orchestrator.media.http_fetch import HttpFetcher
from orchestrator.media.local_fetch import LocalFetcher
from orchestrator.media.locations import read_location
from orchestrator.media.parameters import MediaParameters


class Fetcher(Protocol):
    """Gets media of one kind of address. Both raise MediaError."""

    async def fetch(self, address: str) -> bytes:
        """The medium's content."""

    async def check(self, address: str) -> None:
        """Raises what can be known without fetching."""


class Media:
    """Fetches by the kind of address: a path, `file://`, `http://` or `https://`."""

    def __init__(self, parameters: MediaParameters, limits: MediumLimits) -> None:
        """`limits` are those of uploads; how many bytes are fetched, the parameters say."""
        self._limits = replace(limits, max_picture_bytes=parameters.max_bytes)
        self._files = LocalFetcher(parameters.folder, max_bytes=parameters.max_bytes)
        self._http = HttpFetcher(parameters)

    async def fetch(self, media_url: str | None) -> Medium:
        """The medium of a post; MediaError says why it can't be had.

        Raises StoreUnavailable where the disk has no room for a video.
        """
        fetcher, address = self._route(media_url)
        data = await fetcher.fetch(address)
        return await asyncio.to_thread(_medium, data, self._limits)

    async def check(self, media_url: str | None) -> None:
        """Raises MediaError as far as it can be known without fetching the medium."""
        fetcher, address = self._route(media_url)
        await fetcher.check(address)

    def is_remote(self, media_url: str) -> bool:
        """Whether it lies on another machine; BadAddress where it can't be told."""
        return not isinstance(read_location(media_url), str)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    def _route(self, media_url: str | None) -> tuple[Fetcher, str]:
        if not media_url:
            raise NoPath("the point names no path and no address")
        location = read_location(media_url)
        return (self._files, location) if isinstance(location, str) else (self._http, media_url)


def _medium(data: bytes, limits: MediumLimits) -> Medium:
    try:
        return recognise(data, limits)
    except TooLarge as exc:
        raise Oversized(exc.detail) from exc
    except UnsupportedKind as exc:
        raise UnsupportedMedia(exc.detail) from exc
    except FeedlensError as exc:
        raise Undecodable(exc.detail if data else "the medium is empty") from exc
    except OSError as exc:
        raise StoreUnavailable(f"there is no room for a medium: {exc.strerror}") from exc
