"""Payloads of the ViT-only system to legacy posts and back: its keys are not known beforehand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from orchestrator.store.legacy.values import (
    as_count,
    as_id,
    as_moment,
    as_text,
    written_moment,
)
from orchestrator.store.records import LegacyPost

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LegacyKeys:
    """Where each of our names stands in the payloads of the old system.

    The first key that holds something is read; a new payload is written under the first. A dot
    leads into an object: "metadata.url". ValueError for a name without a key.
    """

    media_id: tuple[str, ...] = ("mediaId", "media_id", "id")
    author_id: tuple[str, ...] = ("userId", "user_id", "authorId", "author_id", "author")
    media_url: tuple[str, ...] = (
        "url",
        "mediaUrl",
        "media_url",
        "path",
        "filePath",
        "file_path",
        "imageUrl",
        "image_url",
        "file",
    )
    caption: tuple[str, ...] = ("caption", "description", "text")
    created_at: tuple[str, ...] = ("createdAt", "created_at", "timestamp", "date")
    likes: tuple[str, ...] = ("likes", "likeCount", "likesCount", "like_count")
    comments: tuple[str, ...] = ("comments", "commentCount", "commentsCount", "comment_count")

    def __post_init__(self) -> None:
        for each in fields(self):
            keys = getattr(self, each.name)
            if not keys or not all(keys):
                raise ValueError(f"{each.name} needs one key or more, none of them empty")


def post_from_payload(point_id: str, payload: Mapping[str, Any], keys: LegacyKeys) -> LegacyPost:
    """A post without its vector; ValueError says what of the payload can't be read."""
    media_id = _read(payload, "media_id", keys.media_id, as_id)
    if media_id is None:
        raise ValueError(f"its payload has no media id: none of {', '.join(keys.media_id)}")
    return LegacyPost(
        point_id=point_id,
        media_id=media_id,
        author_id=_read(payload, "author_id", keys.author_id, as_id),
        media_url=_read(payload, "media_url", keys.media_url, as_text),
        caption=_read(payload, "caption", keys.caption, as_text),
        created_at=_read(payload, "created_at", keys.created_at, as_moment),
        likes=_read(payload, "likes", keys.likes, as_count) or 0,
        comments=_read(payload, "comments", keys.comments, as_count) or 0,
    )


def media_id_of(payload: Mapping[str, Any], keys: LegacyKeys) -> str | None:
    """The media id; None where there is none that can be read."""
    try:
        return _read(payload, "media_id", keys.media_id, as_id)
    except ValueError:
        return None


def author_id_of(payload: Mapping[str, Any], keys: LegacyKeys) -> str | None:
    """The author; None where there is none that can be read."""
    try:
        return _read(payload, "author_id", keys.author_id, as_id)
    except ValueError:
        return None


def created_at_of(payload: Mapping[str, Any], keys: LegacyKeys) -> datetime | None:
    """The date; None where there is none that can be read."""
    try:
        return _read(payload, "created_at", keys.created_at, as_moment)
    except ValueError:
        return None


def roots(keys: LegacyKeys, *names: str) -> list[str]:
    """The payloads' own fields that the keys of all names, or some, lead into."""
    chosen = names or [each.name for each in fields(keys)]
    return sorted({key.partition(".")[0] for name in chosen for key in getattr(keys, name)})


def payload_with(post: LegacyPost, payload: Mapping[str, Any], keys: LegacyKeys) -> dict[str, Any]:
    """`payload` with what `post` says, under the keys that it uses already, else the first ones.

    What the post does not say, and what is no key of ours, stays.
    """
    said = {each.name: getattr(post, each.name) for each in fields(keys)}
    return payload_changed(
        payload, {name: value for name, value in said.items() if value is not None}, keys
    )


def payload_changed(
    payload: Mapping[str, Any], changes: Mapping[Any, object], keys: LegacyKeys
) -> dict[str, Any]:
    """`payload` with `changes` by our names, each under the key that it uses already.

    What it lacks comes under our first key; where a change is None, all keys of it say null.
    """
    written = dict(payload)
    for name, value in changes.items():
        names: Sequence[str] = getattr(keys, name)
        used = [key for key, _ in _found(payload, names)]
        before = next((each for _, each in _found(payload, names)), None)
        plain = written_moment(value, before) if isinstance(value, datetime) else value
        for key in used if value is None else [*used, names[0]][:1]:
            written = _set(written, key.split("."), plain)
    return written


def _read(
    payload: Mapping[str, Any], name: str, keys: Sequence[str], read: Callable[[Any], T]
) -> T | None:
    for key, value in _found(payload, keys):
        try:
            return read(value)
        except (ValueError, OverflowError) as exc:
            raise ValueError(f"its {name} ({key}) can't be read: {exc}") from exc
    return None


def _found(payload: Mapping[str, Any], keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Keys that hold something, with what they hold."""
    for key in keys:
        value: Any = payload
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None and value != "":
            yield key, value


def _set(payload: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy with a value at `path`; what is no object on the way gives way to one."""
    first, *rest = path
    inner = payload.get(first)
    if rest:
        value = _set(inner if isinstance(inner, Mapping) else {}, rest, value)
    return {**payload, first: value}
