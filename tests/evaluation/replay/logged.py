"""Lines of a log by hand."""

import json
from pathlib import Path
from typing import Any


def item(media_id: str, position: int, **changes: Any) -> dict[str, Any]:
    return {
        "media_id": media_id,
        "author_id": "a",
        "content_type": "meme",
        "signals": {"visual": 0.5, "text": None, "engagement": 0.2, "recency": 0.9},
        "position": position,
        "propensity": 0.5,
        "reward": 0.0,
        **changes,
    }


def line(request_id: str = "r1", user_id: str = "u1", **changes: Any) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "user_id": user_id,
        "at": "2026-01-01T00:00:00Z",
        "items": [item("a", 0), item("b", 1)],
        **changes,
    }


def write(path: Path, *lines: Any) -> Path:
    path.write_text(
        "".join((text if isinstance(text, str) else json.dumps(text)) + "\n" for text in lines)
    )
    return path
