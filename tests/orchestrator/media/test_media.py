from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.content.picture import inspect
from orchestrator.content.video import Video
from orchestrator.errors import StoreUnavailable
from orchestrator.media.errors import (
    BadAddress,
    MediaError,
    NoPath,
    OutsideFolder,
    Oversized,
    Undecodable,
    UnsupportedMedia,
)
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from tests.orchestrator.media.media_server import body, serve_media
from tests.support.full_disk import full_disk
from tests.support.limits import LIMITS
from tests.support.pictures import hollow_bomb
from tests.support.uploads import plain
from tests.support.videos import Scene, landscape, video


@pytest.fixture
async def media(tmp_path: Path) -> AsyncIterator[Media]:
    (tmp_path / "ein Bild.png").write_bytes(plain())
    opened = Media(
        MediaParameters(
            folder=tmp_path, allowed_hosts=("127.0.0.1",), private_networks=("127.0.0.1/32",)
        ),
        LIMITS,
    )
    yield opened
    await opened.close()


async def test_a_picture_comes_from_wherever_it_lies(media: Media, tmp_path: Path) -> None:
    expected = inspect(plain(), max_pixels=LIMITS.max_pixels)
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
        (b"", Undecodable, "^the medium is empty$"),
        (b"\n <!DOCTYPE html><p>Not found", Undecodable, "a web page, neither"),
        (b"\xef\xbb\xbf<html>", Undecodable, "a web page, neither"),
        (b"just text", Undecodable, "not a picture of a known kind"),
        (plain()[:20], Undecodable, "the picture's header can't be read"),
        (b"RIFF\0\0\0\0AVI LIST", UnsupportedMedia, r"a video \(AVI"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", UnsupportedMedia, "a picture as HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", Undecodable, "picture"),
        (hollow_bomb(2000, 2000), Oversized, "4,000,000 pixels"),
    ],
)
async def test_what_is_neither_picture_nor_video_says_what_it_is(
    media: Media, tmp_path: Path, content: bytes, kind: type[MediaError], message: str
) -> None:
    (tmp_path / "medium").write_bytes(content)
    with pytest.raises(kind, match=message):
        await media.fetch("medium")
    await media.check("medium")


async def test_a_video_comes_as_a_file(media: Media, tmp_path: Path) -> None:
    made = video(Scene(landscape(1), 0.3))
    (tmp_path / "clip").write_bytes(made)
    medium = await media.fetch("clip")
    assert isinstance(medium, Video)
    assert (medium.container, medium.content_hash) == ("mp4", f"sha256:{sha256(made).hexdigest()}")
    with medium.file.open() as file:
        assert file.read() == made


async def test_a_full_disk_is_no_fault_of_the_medium(media: Media, tmp_path: Path) -> None:
    (tmp_path / "clip").write_bytes(video(Scene(landscape(1), 0.3)))
    with full_disk(), pytest.raises(StoreUnavailable, match="there is no room for a medium"):
        await media.fetch("clip")


_STARTS = ("", "http://127.0.0.1/", "http://", "http://xn--", "file://", "file://[")


@given(st.builds(str.__add__, st.sampled_from(_STARTS), st.text()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_address_is_worse_than_an_error_of_its_own(media: Media, address: str) -> None:
    with suppress(MediaError):
        await media.check(address)
