from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.content.picture import inspect
from orchestrator.media.errors import (
    BadAddress,
    MediaError,
    NoPath,
    NotAPicture,
    OutsideFolder,
    Oversized,
    UnsupportedMedia,
)
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from tests.orchestrator.media.media_server import body, serve_media
from tests.support.pictures import hollow_bomb
from tests.support.uploads import plain

MAX_PIXELS = 1_000_000


@pytest.fixture
async def media(tmp_path: Path) -> AsyncIterator[Media]:
    (tmp_path / "ein Bild.png").write_bytes(plain())
    opened = Media(
        MediaParameters(
            folder=tmp_path, allowed_hosts=("127.0.0.1",), private_networks=("127.0.0.1/32",)
        ),
        max_pixels=MAX_PIXELS,
    )
    yield opened
    await opened.close()


async def test_a_picture_comes_from_wherever_it_lies(media: Media, tmp_path: Path) -> None:
    expected = inspect(plain(), max_pixels=MAX_PIXELS)
    path = tmp_path / "ein Bild.png"
    async with serve_media({"/cat.png": body(plain())}) as server:
        for address in (
            "ein Bild.png",
            str(path),
            f"file://{quote(str(path))}",
            f"file://localhost{quote(str(path))}",
            server.url("/cat.png"),
            server.url("/cat.png").replace("http", "HTTP"),
        ):
            assert await media.fetch(address) == expected
            await media.check(address)


@pytest.mark.parametrize(
    ("address", "kind", "message"),
    [
        (None, NoPath, "names no path"),
        ("", NoPath, "names no path"),
        ("s3://bucket/cat.png", BadAddress, "nothing is fetched by 's3'"),
        ("file://elsewhere/cat.png", BadAddress, "of another machine"),
        ("file://[x", BadAddress, "is no address: Invalid IPv6"),
        ("file://℀/x", BadAddress, "is no address: netloc"),
        ("file:///etc/passwd", OutsideFolder, "leads out"),
        ("file:///%2e%2e/%2e%2e/etc/passwd", OutsideFolder, "leads out"),
    ],
)
async def test_addresses_that_are_not_fetched_are_named(
    media: Media, address: str | None, kind: type[MediaError], message: str
) -> None:
    for ask in (media.fetch, media.check):
        with pytest.raises(kind, match=message):
            await ask(address)


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", NotAPicture, "^the medium is empty$"),
        (b"\n <!DOCTYPE html><p>Not found", NotAPicture, "a web page, no picture"),
        (b"\xef\xbb\xbf<html>", NotAPicture, "a web page, no picture"),
        (b"just text", NotAPicture, "not a picture of a known kind"),
        (plain()[:20], NotAPicture, "the picture's header can't be read|not a picture"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", UnsupportedMedia, r"a video \(MP4 or QuickTime\)"),
        (b"\x1a\x45\xdf\xa3webm", UnsupportedMedia, r"a video \(WebM"),
        (b"RIFF\0\0\0\0AVI LIST", UnsupportedMedia, r"a video \(AVI"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", UnsupportedMedia, "a picture as HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", NotAPicture, "picture"),
        (hollow_bomb(2000, 2000), Oversized, "4,000,000 pixels"),
    ],
)
async def test_what_is_no_picture_says_what_it_is(
    media: Media, tmp_path: Path, content: bytes, kind: type[MediaError], message: str
) -> None:
    (tmp_path / "medium").write_bytes(content)
    with pytest.raises(kind, match=message):
        await media.fetch("medium")
    await media.check("medium")


_STARTS = ("", "http://127.0.0.1/", "http://", "http://xn--", "file://", "file://[")


@given(st.builds(str.__add__, st.sampled_from(_STARTS), st.text()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_address_is_worse_than_an_error_of_its_own(media: Media, address: str) -> None:
    with suppress(MediaError):
        await media.check(address)
