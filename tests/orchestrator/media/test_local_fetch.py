import os
from pathlib import Path

import pytest

from orchestrator.media.errors import (
    BadAddress,
    MediaError,
    Missing,
    OutsideFolder,
    Oversized,
    Unreadable,
)
from orchestrator.media.local_fetch import LocalFetcher


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    media = tmp_path / "media"
    (media / "2024").mkdir(parents=True)
    (media / "2024" / "cat.jpg").write_bytes(b"a cat")
    (tmp_path / "secret").write_bytes(b"a secret")
    (tmp_path / "media-too").mkdir()
    (tmp_path / "media-too" / "x").write_bytes(b"a secret")
    return media


@pytest.fixture
def fetcher(folder: Path) -> LocalFetcher:
    return LocalFetcher(folder, max_bytes=100)


async def test_a_file_is_read_by_its_path_from_the_folder(fetcher: LocalFetcher) -> None:
    assert await fetcher.fetch("2024/cat.jpg") == b"a cat"
    assert await fetcher.fetch("2024/../2024/./cat.jpg") == b"a cat"
    await fetcher.check("2024/cat.jpg")


async def test_an_absolute_path_may_lead_into_the_folder(
    fetcher: LocalFetcher, folder: Path
) -> None:
    assert await fetcher.fetch(str(folder / "2024" / "cat.jpg")) == b"a cat"


async def test_links_within_the_folder_are_followed(fetcher: LocalFetcher, folder: Path) -> None:
    (folder / "new.jpg").symlink_to("2024/cat.jpg")
    assert await fetcher.fetch("new.jpg") == b"a cat"


async def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert await LocalFetcher(tmp_path / "link", max_bytes=9).fetch("2024/cat.jpg") == b"a cat"


@pytest.mark.parametrize(
    "path", ["../secret", "2024/../../secret", "/etc/passwd", "../media-too/x", "/", ".."]
)
async def test_no_path_leads_out(fetcher: LocalFetcher, path: str) -> None:
    with pytest.raises(OutsideFolder, match="leads out of"):
        await fetcher.fetch(path)


async def test_no_link_leads_out(fetcher: LocalFetcher, folder: Path, tmp_path: Path) -> None:
    (folder / "file.jpg").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    for path in ("file.jpg", "folder/secret"):
        with pytest.raises(OutsideFolder, match=f"^{path} leads out of"):
            await fetcher.fetch(path)


async def test_without_a_folder_there_are_no_paths() -> None:
    with pytest.raises(OutsideFolder, match="set FEEDLENS_MEDIA__FOLDER"):
        await LocalFetcher(None, max_bytes=100).check("cat.jpg")


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("dog.jpg", Missing, "dog.jpg is not in"),
        ("2024/cat.jpg/x", Missing, "is not in"),
        ("x" * 300, Missing, "is not in"),
        ("2024", Unreadable, "is no regular file"),
        ("cat\0.jpg", BadAddress, "is no path: embedded null"),
    ],
)
async def test_what_is_no_file_is_named(
    fetcher: LocalFetcher, path: str, kind: type[MediaError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        await fetcher.fetch(path)
    with pytest.raises(kind, match=message):
        await fetcher.check(path)


async def test_links_in_a_circle_are_not_followed_forever(
    fetcher: LocalFetcher, folder: Path
) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    with pytest.raises((Missing, Unreadable)):
        await fetcher.fetch("a")


async def test_a_pipe_is_not_waited_for(fetcher: LocalFetcher, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(Unreadable, match="pipe is no regular file"):
        await fetcher.fetch("pipe")


async def test_a_file_of_two_gigabytes_is_not_read(fetcher: LocalFetcher, folder: Path) -> None:
    with (folder / "huge.jpg").open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(Oversized, match="2,147,483,648 bytes or more; 100 are accepted"):
        await fetcher.fetch("huge.jpg")


async def test_the_limit_itself_is_accepted(fetcher: LocalFetcher, folder: Path) -> None:
    (folder / "full.jpg").write_bytes(bytes(100))
    assert len(await fetcher.fetch("full.jpg")) == 100
