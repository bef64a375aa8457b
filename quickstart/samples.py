"""The sample posts and viewers that Feedlens ships, read from `quickstart/samples`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class SamplePost:
    """A post to ingest; a picture or video, a caption or both.

    `file` is absolute. `source`, `licence` and `attribution` are of the file and None
    without one. `age_hours` counts back from now.
    """

    media_id: str
    author_id: str
    caption: str | None
    file: Path | None
    topic: str
    age_hours: float
    likes: int
    comments: int
    source: str | None
    licence: str | None
    attribution: str | None


@dataclass(frozen=True)
class SampleLike:
    """A viewer's like of a sample post, `age_hours` ago."""

    media_id: str
    age_hours: float


@dataclass(frozen=True)
class SampleViewer:
    """A viewer and what they liked."""

    user_id: str
    likes: tuple[SampleLike, ...]


def load_posts(folder: Path = SAMPLES) -> tuple[SamplePost, ...]:
    """The posts of `folder`/posts.json in its order.

    Raises `ValueError` that names the post: a repeated `media_id`, a file that is missing, a
    file without source, licence or attribution, a post with neither file nor caption.
    """
    posts = tuple(_post(record, folder) for record in _records(folder / "posts.json"))
    seen: set[str] = set()
    for post in posts:
        if post.media_id in seen:
            raise ValueError(f"sample post {post.media_id} is listed twice")
        seen.add(post.media_id)
        _check_post(post)
    return posts


def load_viewers(folder: Path = SAMPLES) -> tuple[SampleViewer, ...]:
    """The viewers of `folder`/viewers.json in its order.

    Raises `ValueError` that names viewer and post: a like of an unknown post, a like older than
    the post.
    """
    age_hours_of = {post.media_id: post.age_hours for post in load_posts(folder)}
    viewers = tuple(_viewer(record) for record in _records(folder / "viewers.json"))
    for viewer in viewers:
        for like in viewer.likes:
            if like.media_id not in age_hours_of:
                raise ValueError(f"sample viewer {viewer.user_id} likes unknown {like.media_id}")
            if like.age_hours > age_hours_of[like.media_id]:
                raise ValueError(
                    f"sample viewer {viewer.user_id} likes {like.media_id} before it was posted"
                )
    return viewers


def _records(path: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return records


def _post(record: dict[str, Any], folder: Path) -> SamplePost:
    name = record["file"]
    return SamplePost(
        media_id=record["media_id"],
        author_id=record["author_id"],
        caption=record["caption"],
        file=None if name is None else folder / name,
        topic=record["topic"],
        age_hours=record["age_hours"],
        likes=record["likes"],
        comments=record["comments"],
        source=record.get("source"),
        licence=record.get("licence"),
        attribution=record.get("attribution"),
    )


def _check_post(post: SamplePost) -> None:
    if post.file is None:
        if not post.caption:
            raise ValueError(f"sample post {post.media_id} has neither file nor caption")
        return
    if not post.file.is_file():
        raise ValueError(f"sample post {post.media_id}: no file {post.file}")
    if not (post.source and post.licence and post.attribution):
        raise ValueError(f"sample post {post.media_id}: source, licence or attribution is missing")


def _viewer(record: dict[str, Any]) -> SampleViewer:
    likes = tuple(SampleLike(like["media_id"], like["age_hours"]) for like in record["likes"])
    return SampleViewer(user_id=record["user_id"], likes=likes)
