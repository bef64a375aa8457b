"""A log of impressions, read line by line.

    {"request_id": "r1", "user_id": "u1", "at": "2026-01-01T00:00:00Z", "items": [
      {"media_id": "m1", "author_id": "a1", "content_type": "meme",
       "signals": {"visual": 0.7, "text": null, "engagement": 0.2, "recency": 0.9, "diversity": 1},
       "position": 0, "propensity": 0.82, "reward": 1.0}, …]}

`propensity`: the probability with which the logging policy put this item at this position.
"""

import json
import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from evaluation.replay.errors import BadInput
from ranking.weights import SIGNALS

MAX_LINE_BYTES = 16 << 20
_REMEMBERED = 200_000
"""Request ids that are looked at for repeats: a log of any length is read in bounded memory."""


@dataclass(frozen=True, slots=True)
class Impressions:
    """One served list, in the order of `position`.

    `signals` [n, 5] in the order of SIGNALS, NaN where missing; `propensity` and `reward` [n].
    """

    request_id: str
    user_id: str
    media_ids: tuple[str, ...]
    content_types: tuple[str, ...]
    signals: NDArray[np.float64]
    propensity: NDArray[np.float64]
    reward: NDArray[np.float64]


def read_log(path: Path) -> Iterator[Impressions]:
    """Every list of a log; blank lines are skipped.

    Raises BadInput, with the line's number, for a line that is no such list, and for a request
    that is logged twice (as far as the last 200,000 show).
    """
    requests: OrderedDict[str, int] = OrderedDict()
    try:
        with path.open("rb") as log:
            for number, line in enumerate(_lines(log, path), start=1):
                if not line.strip():
                    continue
                try:
                    impressions = _impressions(_json(line))
                    _once(impressions.request_id, number, requests)
                except ValueError as fault:
                    raise BadInput(f"{path}:{number}: {fault}") from fault
                yield impressions
    except OSError as fault:
        raise BadInput(f"{path}: {fault.strerror or fault}") from fault


def _lines(log: IO[bytes], path: Path) -> Iterator[bytes]:
    number = 0
    while line := log.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadInput(f"{path}:{number}: longer than {MAX_LINE_BYTES} bytes")
        yield line


def _once(request_id: str, number: int, requests: OrderedDict[str, int]) -> None:
    if request_id in requests:
        raise ValueError(f"request_id {request_id!r} is that of line {requests[request_id]} too")
    requests[request_id] = number
    if len(requests) > _REMEMBERED:
        requests.popitem(last=False)


def _json(line: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise ValueError(f"not JSON: {fault}") from fault
    return _object(value, "a line")


def _impressions(line: Mapping[str, Any]) -> Impressions:
    items = _field(line, "items", "a line")
    if not isinstance(items, list) or not items:
        raise ValueError("items must be a list of one or more")
    rows = [_object(item, f"items[{index}]") for index, item in enumerate(items)]
    _text(line, "at", "a line")
    media_ids = [_text(row, "media_id", f"items[{index}]") for index, row in enumerate(rows)]
    positions = [_position(row, f"items[{index}]") for index, row in enumerate(rows)]
    _distinct(media_ids, "media_id")
    _distinct(positions, "position")
    order = sorted(range(len(rows)), key=positions.__getitem__)
    return Impressions(
        request_id=_text(line, "request_id", "a line"),
        user_id=_text(line, "user_id", "a line"),
        media_ids=tuple(media_ids[index] for index in order),
        content_types=tuple(
            _text(rows[index], "content_type", f"items[{index}]") for index in order
        ),
        signals=np.array([_signals(rows[index], f"items[{index}]") for index in order]),
        propensity=np.array([_propensity(rows[index], f"items[{index}]") for index in order]),
        reward=np.array([_reward(rows[index], f"items[{index}]") for index in order]),
    )


def _signals(row: Mapping[str, Any], where: str) -> list[float]:
    """A row of signals; one that is not named is missing."""
    signals = _object(_field(row, "signals", where), f"{where}.signals")
    unknown = sorted(signals.keys() - set(SIGNALS))
    if unknown:
        raise ValueError(f"{where}: unknown signal {unknown[0]!r}; known are {', '.join(SIGNALS)}")
    values = []
    for name in SIGNALS:
        if signals.get(name) is None:
            values.append(math.nan)
            continue
        value = _number(signals, name, f"{where}.signals")
        if not 0 <= value <= 1:
            raise ValueError(f"{where}.signals.{name} must lie in [0, 1], not {value}")
        values.append(value)
    return values


def _propensity(row: Mapping[str, Any], where: str) -> float:
    value = _number(row, "propensity", where)
    if not 0 < value <= 1:
        raise ValueError(f"{where}.propensity must lie in (0, 1], not {value}")
    return value


def _reward(row: Mapping[str, Any], where: str) -> float:
    value = _number(row, "reward", where)
    if not 0 <= value < math.inf:
        raise ValueError(f"{where}.reward must be a finite number ≥ 0, not {value}")
    return value


def _position(row: Mapping[str, Any], where: str) -> int:
    value = _field(row, "position", where)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{where}.position must be a whole number ≥ 0, not {value!r}")
    return value


def _number(row: Mapping[str, Any], key: str, where: str) -> float:
    value = _field(row, key, where)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{where}.{key} must be a number, not {value!r:.80}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{where}.{key} is too large") from None


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = _field(row, key, where)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where}.{key} must be a string, not {value!r:.80}")
    return value


def _field(row: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in row:
        raise ValueError(f"{where} lacks {key!r}")
    return row[key]


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be an object, not {value!r:.80}")
    return value


def _distinct(values: list[Any], name: str) -> None:
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise ValueError(f"{name} {twice!r} stands twice in items")
