"""A feed with posts to page through."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.store.records import StoredPost
from tests.orchestrator.store.conformance import NOW
from tests.support.feeds import Feed, open_feed, single_post

POSTS = 60


def sixty_posts() -> list[StoredPost]:
    """Of twenty authors, ever less liked and ever older."""
    return [
        single_post(
            f"m{number:02}",
            author_id=f"author-{number % 20}",
            likes=1000 - 10 * number,
            comments=0,
            created_at=NOW - timedelta(hours=number),
        )
        for number in range(POSTS)
    ]


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Feed]:
    """A feed of the sixty posts."""
    async with open_feed(tmp_path) as opened:
        await opened.store.put_posts(sixty_posts())
        yield opened
