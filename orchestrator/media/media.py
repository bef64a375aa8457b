"""A post's medium, from wherever it lies, as a picture."""

import asyncio
from typing import Protocol

from orchestrator.content.picture import Picture, inspect
from orchestrator.errors import FeedlensError, TooLarge
from orchestrator.media.errors import NoPath, NotAPicture, Oversized, UnsupportedMedia
from orchestrator.media.http_fetch import HttpFetcher
from orchestrator.media.local_fetch import LocalFetcher
from orchestrator.media.locations import read_location
from orchestrator.media.parameters import MediaParameters

_PAGES = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body")
_HEAD_BYTES = 64
# Where a signature stands, what it is, and what it tells; the first that fits. None: a picture.
_SIGNATURES = (
    (4, b"ftypavi", None),
    (4, b"ftyphei", "a picture as HEIC"),
    (4, b"ftypmif1", "a picture as HEIF"),
    (4, b"ftyp", "a video (MP4 or QuickTime)"),
    (0, b"\x1a\x45\xdf\xa3", "a video (WebM or Matroska)"),
    (8, b"AVI ", "a video (AVI)"),
    (0, b"OggS", "a video (Ogg)"),
    (0, b"FLV", "a video (FLV)"),
    (0, b"\x00\x00\x01\xba", "a video (MPEG)"),
)


class Fetcher(Protocol):
    """Gets media of one kind of address. Both raise MediaError."""

    async def fetch(self, address: str) -> bytes:
        """The medium's content."""

    async def check(self, address: str) -> None:
        """Raises what can be known without fetching."""


class Media:
    """Fetches by the kind of address: a path, `file://`, `http://` or `https://`."""

    def __init__(self, parameters: MediaParameters, *, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._files = LocalFetcher(parameters.folder, max_bytes=parameters.max_bytes)
        self._http = HttpFetcher(parameters)

    async def fetch(self, media_url: str | None) -> Picture:
        """The picture of a post; MediaError says why it can't be had."""
        fetcher, address = self._route(media_url)
        data = await fetcher.fetch(address)
        return await asyncio.to_thread(_picture, data, self._max_pixels)

    async def check(self, media_url: str | None) -> None:
        """Raises MediaError as far as it can be known without fetching the medium."""
        fetcher, address = self._route(media_url)
        await fetcher.check(address)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    def _route(self, media_url: str | None) -> tuple[Fetcher, str]:
        if not media_url:
            raise NoPath("the point names no path and no address")
        location = read_location(media_url)
        return (self._files, location) if isinstance(location, str) else (self._http, media_url)


def _picture(data: bytes, max_pixels: int) -> Picture:
    try:
        return inspect(data, max_pixels=max_pixels)
    except TooLarge as exc:
        raise Oversized(exc.detail) from exc
    except FeedlensError as exc:
        raise _other(data) or NotAPicture(_what_came(data, exc.detail)) from exc


def _other(data: bytes) -> UnsupportedMedia | None:
    for start, signature, kind in _SIGNATURES:
        if data.startswith(signature, start):
            return UnsupportedMedia(f"the medium is {kind}, which is not read") if kind else None
    return None


def _what_came(data: bytes, detail: str) -> str:
    if not data:
        return "the medium is empty"
    if data[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        return "what came is a web page, no picture"
    return detail
