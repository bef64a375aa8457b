"""A feed with posts to page through."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.orchestrator.store.conformance import NOW
from tests.support.feeds import Feed, open_feed, single_post

POSTS = 60


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Feed]:
    """Sixty posts of twenty authors, ever less liked and ever older."""
    async with open_feed(tmp_path) as opened:
        await opened.store.put_posts(
            [
                single_post(
                    f"m{number:02}",
                    author_id=f"author-{number % 20}",
                    likes=1000 - 10 * number,
                    comments=0,
                    created_at=NOW - timedelta(hours=number),
                )
                for number in range(POSTS)
            ]
        )
        yield opened
