"""What old systems write where an id, a text, a count or a date is meant.

Each function raises ValueError, or OverflowError, for what is none.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

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


def as_id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{_named(value)} is no id")
    name = str(value)
    if len(name) > _MAX_ID_CHARS or not name.isprintable() or not name.strip():
        raise ValueError(f"an id has 1 to {_MAX_ID_CHARS} printable characters")
    return name


def as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_named(value)} is no text")
    return value


def as_count(value: Any) -> int:
    """A number, its digits, or a list of those who are counted."""
    if isinstance(value, list):
        return len(value)
    count = _number(value)
    if count != int(count) or not 0 <= count <= _MAX_COUNT:
        raise ValueError(f"{value!r} is no count")
    return int(count)


def as_moment(value: Any) -> datetime:
    """ISO 8601, in UTC where it names no offset; seconds or milliseconds since 1970."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return _iso(value.strip())
    since = _number(value)
    seconds = since / 1000.0 if abs(since) >= _FIRST_MS else since
    return _EPOCH + timedelta(seconds=seconds)


def written_moment(moment: datetime, before: Any) -> Any:
    """A moment as what is written there `before`, if it says the same; else in its way.

    That is as seconds or milliseconds since 1970 where it is a number, else as ISO 8601.
    """
    try:
        if as_moment(before) == moment:
            return before
        since = _number(before)
    except (ValueError, OverflowError):
        return moment.isoformat()
    seconds = (moment - _EPOCH).total_seconds()
    written = seconds * 1000.0 if abs(since) >= _FIRST_MS else seconds
    number = written if isinstance(before, float) else round(written)
    return str(number) if isinstance(before, str) else number


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
