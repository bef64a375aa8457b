"""What a post's media_url says; nothing is looked up for it."""

from urllib.parse import unquote, urlsplit

import httpx

from orchestrator.media.errors import BadAddress

_MAX_PORT = 65_535
PORTS = {"http": 80, "https": 443}


def read_location(media_url: str) -> str | httpx.URL:
    """A path, or an http or https address. BadAddress where it is neither."""
    scheme, is_url, _ = media_url.partition("://")
    if not is_url:
        return media_url
    if scheme.lower() in PORTS:
        return read_address(media_url)
    if scheme.lower() == "file":
        return _path(media_url)
    raise BadAddress(f"nothing is fetched by {scheme[:20]!r}")


def read_address(address: str) -> httpx.URL:
    """An http or https address without credentials. BadAddress where it is none."""
    try:
        url = httpx.URL(address)
    # What no IDNA and no UTF-8 can hold is a ValueError.
    except (httpx.InvalidURL, ValueError) as exc:
        raise BadAddress(f"{address[:200]!r} is no address: {exc}") from exc
    # Not `host`: that decodes the name, which some names do not survive.
    if url.scheme not in PORTS or not url.raw_host:
        raise BadAddress(f"{address[:200]!r} is no http or https address")
    if url.port is not None and not 0 < url.port <= _MAX_PORT:
        raise BadAddress(f"{address[:200]!r} has no port between 1 and {_MAX_PORT}")
    if url.userinfo:
        raise BadAddress("the address holds credentials")
    return url


def _path(file_url: str) -> str:
    try:
        parts = urlsplit(file_url)
    except ValueError as exc:
        raise BadAddress(f"{file_url[:200]!r} is no address: {exc}") from exc
    if parts.netloc not in ("", "localhost"):
        raise BadAddress(f"{file_url[:200]!r} names a file of another machine")
    return unquote(parts.path)
