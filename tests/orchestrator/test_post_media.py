from pathlib import Path

import pytest

from orchestrator.content.recognise import recognise
from orchestrator.content.video import Medium, Video
from orchestrator.kept_uploads import KeptUploads
from orchestrator.media.errors import MediaError, Missing, NoPath, Undecodable
from orchestrator.media.media import Media
from orchestrator.media.parameters import MediaParameters
from orchestrator.post_media import PostMedia
from tests.orchestrator.store.conformance import post
from tests.support.fake_decoder import MP4
from tests.support.limits import LIMITS
from tests.support.uploads import plain

PICTURE = recognise(plain(), LIMITS)
VIDEO = recognise(MP4, LIMITS)


@pytest.fixture
def kept(tmp_path: Path) -> KeptUploads:
    return KeptUploads(tmp_path / "uploads")


@pytest.fixture
def media(tmp_path: Path, kept: KeptUploads) -> PostMedia:
    (tmp_path / "cat").write_bytes(plain())
    (tmp_path / "clip").write_bytes(MP4)
    return PostMedia(kept, Media(MediaParameters(folder=tmp_path), LIMITS), LIMITS)


@pytest.mark.parametrize(
    ("media_url", "expected"),
    [(None, False), ("cat", False), ("file:///cat", False), ("https://h.example/cat", True)],
)
async def test_another_machine_is_asked_for_what_is_not_kept(
    media: PostMedia, kept: KeptUploads, media_url: str | None, expected: bool
) -> None:
    assert await media.is_remote(post(media_url=media_url)) == expected
    await kept.keep("m1", PICTURE)
    assert not await media.is_remote(post(media_url=media_url))
    await kept.forget("m1")
    assert await media.is_remote(post(media_url=media_url)) == expected


@pytest.mark.parametrize("medium", [PICTURE, VIDEO], ids=["picture", "video"])
@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "fetched"])
async def test_the_medium_is_the_one_that_was_stored(
    media: PostMedia, kept: KeptUploads, medium: Medium, keeps: bool
) -> None:
    if keeps:
        await kept.keep("m1", medium)
    url = None if keeps else ("clip" if isinstance(medium, Video) else "cat")
    found = await media.medium_of(post(content_hash=medium.content_hash, media_url=url))
    if isinstance(medium, Video):
        assert isinstance(found, Video)
        assert (found.content_hash, found.container) == (medium.content_hash, "mp4")
        with found.file.open() as file:
            assert file.read() == MP4
    else:
        assert found == medium


@pytest.mark.parametrize(
    ("media_url", "error", "detail"),
    [
        (None, NoPath, "not kept, and it has no media_url"),
        ("cat", Missing, "is not the one that was stored"),
        ("gone", Missing, "gone is not in"),
    ],
)
async def test_what_can_not_be_had_is_named(
    media: PostMedia, media_url: str | None, error: type[MediaError], detail: str
) -> None:
    with pytest.raises(error, match=detail):
        await media.medium_of(post(content_hash=VIDEO.content_hash, media_url=media_url))


async def test_a_kept_upload_that_was_spoilt_is_named(
    media: PostMedia, kept: KeptUploads, tmp_path: Path
) -> None:
    await kept.keep("m1", PICTURE)
    (file,) = [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
    file.write_bytes(b"words")
    with pytest.raises(Undecodable, match="the kept upload can't be read: the file is not a pic"):
        await media.medium_of(post(content_hash=PICTURE.content_hash))
