"""A viewer's feed as a table: the order, and what every signal contributed to it."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

_LABEL_WIDTH = 34


def feed_table(title: str, items: list[dict[str, Any]], labels: Mapping[str, str]) -> Table:
    """One row a post, in the feed's order; a signal that the post lacks is a dash."""
    signals = list(items[0]["signals"]) if items else []
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("#", justify="right")
    table.add_column("post", no_wrap=True, max_width=_LABEL_WIDTH)
    table.add_column("score", justify="right")
    for name in signals:
        table.add_column(name, justify="right")
    table.add_column("why")
    for place, item in enumerate(items, start=1):
        table.add_row(
            str(place),
            labels[item["media_id"]],
            f"{item['score']:.3f}",
            *(_contribution(item["signals"][name]) for name in signals),
            item["reason"],
        )
    return table


def label(media: Mapping[str, Any]) -> str:
    """A post in a few words: its id, a video's length, and its caption or the text seen in it."""
    words = " ".join((media["caption"] or media["ocr_text"]).split())
    length_s = media["duration_s"]
    name = media["media_id"] if length_s is None else f"{media['media_id']} ({length_s:.0f} s)"
    return f"{name}: {words}" if words else str(name)


def _contribution(signal: Mapping[str, float] | None) -> str:
    return "–" if signal is None else f"{signal['contribution']:.3f}"
