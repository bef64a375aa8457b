"""Payloads of the ViT-only system to legacy posts and back: its keys are not known beforehand."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from orchestrator.store.records import LegacyPost

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST_MS = 1e11
"""As seconds the year 5138, as milliseconds 1973: what is more counts milliseconds."""
_MAX_ID_CHARS = 256
_MAX_COUNT = 10**15
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?)? ?(?:Z|([+-]\d\d):?(\d\d))?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


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
    media_id = _read(payload, "media_id", keys.media_id, _id)
    if media_id is None:
        raise ValueError(f"its payload has no media id: none of {', '.join(keys.media_id)}")
    return LegacyPost(
        point_id=point_id,
        media_id=media_id,
        author_id=_read(payload, "author_id", keys.author_id, _id),
        media_url=_read(payload, "media_url", keys.media_url, _text),
        caption=_read(payload, "caption", keys.caption, _text),
        created_at=_read(payload, "created_at", keys.created_at, _moment),
        likes=_read(payload, "likes", keys.likes, _count) or 0,
        comments=_read(payload, "comments", keys.comments, _count) or 0,
    )


def payload_with(post: LegacyPost, payload: Mapping[str, Any], keys: LegacyKeys) -> dict[str, Any]:
    """`payload` with what `post` says, under the keys that it uses already, else the first ones.

    What the post does not say, and what is no key of ours, stays.
    """
    written = dict(payload)
    for each in fields(keys):
        value = getattr(post, each.name)
        names: Sequence[str] = getattr(keys, each.name)
        if value is None:
            continue
        used = next((name for name, _ in _found(payload, names)), names[0])
        plain = value.isoformat() if isinstance(value, datetime) else value
        written = _set(written, used.split("."), plain)
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


def _id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{_named(value)} is no id")
    name = str(value)
    if len(name) > _MAX_ID_CHARS or not name.isprintable() or not name.strip():
        raise ValueError(f"an id has 1 to {_MAX_ID_CHARS} printable characters")
    return name


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_named(value)} is no text")
    return value


def _count(value: Any) -> int:
    """A number, its digits, or a list of those who are counted."""
    if isinstance(value, list):
        return len(value)
    count = _number(value)
    if count != int(count) or not 0 <= count <= _MAX_COUNT:
        raise ValueError(f"{value!r} is no count")
    return int(count)


def _moment(value: Any) -> datetime:
    """ISO 8601, in UTC where it names no offset; seconds or milliseconds since 1970."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return _iso(value.strip())
    since = _number(value)
    seconds = since / 1000.0 if abs(since) >= _FIRST_MS else since
    return _EPOCH + timedelta(seconds=seconds)


def _iso(text: str) -> datetime:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no date of ISO 8601")
    day, minute, second, fraction, hours, minutes = match.groups()
    micros = (fraction or "").ljust(6, "0")[:6]
    offset = f"{hours}:{minutes}" if hours else "+00:00"
    moment = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}.{micros}{offset}")
    return moment.astimezone(timezone.utc)


def _number(value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{_named(value)} is no number")
    return float(value)


def _named(value: Any) -> str:
    """The value, or what it is where it is long or nested."""
    if isinstance(value, str | int | float):
        return repr(value)[:40]
    return "an object" if isinstance(value, Mapping) else f"a {type(value).__name__}"
