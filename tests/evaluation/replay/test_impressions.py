from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.replay import impressions
from evaluation.replay.errors import BadInput
from evaluation.replay.impressions import read_log
from tests.evaluation.replay.logged import item, line, write


def test_a_list_stands_in_the_order_of_its_positions(tmp_path: Path) -> None:
    items = [item("b", 7, reward=2), item("a", 3, propensity=0.25, content_type="mixed")]
    (read,) = read_log(write(tmp_path / "log", "", line(items=items)))
    assert (read.request_id, read.user_id) == ("r1", "u1")
    assert read.media_ids == ("a", "b")
    assert read.content_types == ("mixed", "meme")
    assert read.propensity.tolist() == [0.25, 0.5]
    assert read.reward.tolist() == [0.0, 2.0]
    # null and unnamed signals are missing
    np.testing.assert_array_equal(read.signals[0], [0.5, np.nan, 0.2, 0.9, np.nan])


def one(**changes: Any) -> dict[str, Any]:
    return line(items=[{**item("a", 0), **changes}, item("b", 1)])


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in line().items() if name != key}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "a line must be an object"),
        (without("request_id"), "a line lacks 'request_id'"),
        (without("user_id"), "a line lacks 'user_id'"),
        (without("at"), "a line lacks 'at'"),
        (without("items"), "a line lacks 'items'"),
        ({**line(), "user_id": 7}, "user_id must be a string"),
        (line(items=[]), "items must be a list of one or more"),
        (line(items={}), "items must be a list of one or more"),
        (line(items=[3]), r"items\[0\] must be an object"),
        (line(items=[item("a", 0), item("a", 1)]), "media_id 'a' stands twice"),
        (line(items=[item("a", 0), item("b", 0)]), "position 0 stands twice"),
        (one(position=-1), "position must be a whole number"),
        (one(position=True), "position must be a whole number"),
        (one(position=1.5), "position must be a whole number"),
        (one(propensity=0), r"propensity must lie in \(0, 1\]"),
        (one(propensity=1.01), r"propensity must lie in \(0, 1\]"),
        (one(propensity=float("nan")), r"propensity must lie in \(0, 1\]"),
        (one(propensity="0.5"), "propensity must be a number"),
        (one(propensity=10**400), "propensity is too large"),
        (one(reward=-1), "reward must be a finite number"),
        (one(reward=float("inf")), "reward must be a finite number"),
        (one(reward=None), "reward must be a number"),
        (one(content_type=""), "content_type must be a string"),
        (one(signals={"visual": 1.2}), r"signals.visual must lie in \[0, 1\]"),
        (one(signals={"visual": float("nan")}), r"signals.visual must lie in \[0, 1\]"),
        (one(signals={"smell": 0.2}), "unknown signal 'smell'; known are visual, text"),
        (one(signals=[]), "signals must be an object"),
        ({**line(), "request_id": "r0"}, "request_id 'r0' is that of line 1 too"),
    ],
)
def test_a_bad_line_is_named_with_its_number(bad: object, message: str, tmp_path: Path) -> None:
    log = write(tmp_path / "log", line("r0"), bad)
    with pytest.raises(BadInput, match=rf"log:2: .*{message}"):
        list(read_log(log))


def test_what_is_no_text_or_no_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfe\x00\n")
    with pytest.raises(BadInput, match=r"log:1: not JSON"):
        list(read_log(log))
    with pytest.raises(BadInput, match=r"none: No such file"):
        list(read_log(tmp_path / "none"))


def test_a_line_without_end_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impressions, "MAX_LINE_BYTES", 1000)
    log = write(tmp_path / "log", line(), "x" * 1001)
    with pytest.raises(BadInput, match=r"log:2: longer than 1000 bytes"):
        list(read_log(log))
