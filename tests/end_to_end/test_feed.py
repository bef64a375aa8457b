"""A viewer's feed over HTTP, on real models and a real store: pages, what they learn, a crash."""

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_copies import UPLOADS
from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.triton import ServedTriton

SPACE = [
    "Saturn's rings through a small telescope",
    "A meteor shower over the observatory",
    "The rocket reached orbit around the moon",
    "A new photograph of the Andromeda galaxy",
    "Astronauts repaired the space station",
    "Jupiter and its moons on a clear night",
]
FOOD = [
    "Sourdough bread fresh from the oven",
    "How to cook pasta carbonara",
    "Chocolate cake with cream for dessert",
    "Tomato soup with basil and bread",
    "The best pizza dough rests for a day",
    "Grilled vegetables with olive oil",
]
_NUMBERS = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def _posts(stack: ServedOrchestrator) -> None:
    for topic, captions in (("space", SPACE), ("food", FOOD)):
        for number, caption in enumerate(captions):
            answer = stack.publish(
                f"{topic}-{number}", caption=caption, author_id=f"{topic}-author-{number}"
            )
            assert answer.status_code == 201


def ask(stack: ServedOrchestrator, user_id: str, **request: Any) -> dict[str, Any]:
    answer = stack.http.post("/v1/feed", json={"user_id": user_id, **request})
    page: dict[str, Any] = answer.raise_for_status().json()
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [item["media_id"] for item in page["items"]]


def record(stack: ServedOrchestrator, user_id: str, kind: str, *media_ids: str) -> None:
    at = datetime.now(timezone.utc).isoformat()
    events = [
        {
            "event_id": f"feed-{next(_NUMBERS)}",
            "user_id": user_id,
            "media_id": media_id,
            "kind": kind,
            "at": at,
        }
        for media_id in media_ids
    ]
    stack.http.post("/v1/events", json={"events": events}).raise_for_status()


def pages(stack: ServedOrchestrator, user_id: str, **request: Any) -> Iterator[dict[str, Any]]:
    page = ask(stack, user_id, **request)
    yield page
    while page["cursor"]:
        page = ask(stack, user_id, cursor=page["cursor"])
        yield page


def test_pages_share_no_post_and_leave_none_out(stack: ServedOrchestrator) -> None:
    read = []
    for number, page in enumerate(pages(stack, "reader", limit=5)):
        read += ids(page)
        stack.publish(f"meanwhile-{number}", caption="Something else", likes="9999")
        record(stack, "reader", "like", ids(page)[0])
    assert len(read) == len(set(read)) == 12
    assert not any(media_id.startswith("meanwhile") for media_id in read)
    fresh = ids(ask(stack, "reader", limit=3))
    assert set(fresh) == {"meanwhile-0", "meanwhile-1", "meanwhile-2"}
    for media_id in fresh:
        stack.http.delete(f"/v1/media/{media_id}").raise_for_status()


def test_skips_are_learnt_from(stack: ServedOrchestrator) -> None:
    for user_id, skipped, left in (("hungry", "space", "food"), ("stargazer", "food", "space")):
        record(stack, user_id, "skip", *(f"{skipped}-{number}" for number in range(4)))
        items = ask(stack, user_id, limit=100, preview=True)["items"]
        text = {item["media_id"]: item["signals"]["text"]["value"] for item in items}
        assert len(text) == 8
        for number in (4, 5):
            assert text[f"{skipped}-{number}"] < min(text[f"{left}-{other}"] for other in range(6))


def mean_place(page: dict[str, Any], topic: str) -> float:
    places = [place for place, media_id in enumerate(ids(page)) if media_id.startswith(topic)]
    return sum(places) / len(places)


def test_a_hidden_author_is_gone_at_once(stack: ServedOrchestrator) -> None:
    page = ask(stack, "picky", limit=4)
    hidden = ids(page)[0]
    author = stack.http.get(f"/v1/media/{hidden}").json()["author_id"]
    record(stack, "picky", "hide_author", hidden)
    stack.publish("by-hidden", caption="More of the same author", author_id=author)
    rest = [one for following in pages(stack, "picky", limit=100) for one in ids(following)]
    assert "by-hidden" not in rest
    assert hidden not in rest
    stack.http.delete("/v1/media/by-hidden").raise_for_status()


def test_copies_of_a_picture_stand_as_one_entry(stack: ServedOrchestrator) -> None:
    for number, (media_id, file) in enumerate(UPLOADS.items()):
        stack.publish(f"meme-{media_id}", file=file, likes=str(100 * number))
    items = {
        item["media_id"]: item["duplicates"]
        for item in ask(stack, "copycat", limit=100)["items"]
        if item["media_id"].startswith("meme-")
    }
    assert items == {"meme-copy": ["meme-original", "meme-same-file"], "meme-other-text": []}
    for media_id in UPLOADS:
        assert stack.http.delete(f"/v1/media/meme-{media_id}").status_code == 204


def test_a_callers_list_is_ranked_by_the_same_code(stack: ServedOrchestrator) -> None:
    record(stack, "ranker", "like", "space-0", "space-1")
    feed = ask(stack, "ranker", limit=100, preview=True)
    posts = [{"media_id": media_id} for media_id in reversed(ids(feed))]
    answer = stack.http.post("/v1/rank", json={"user_id": "ranker", "posts": posts}).json()
    assert ids(answer) == ids(feed)
    by_history = {"history": [{"media_id": "space-0"}, {"media_id": "gone"}], "posts": posts}
    answer = stack.http.post("/v1/rank?explain=true", json=by_history).json()
    assert answer["unknown_history"] == ["gone"]
    assert answer["items"][0]["explanation"]["interests"]["text"] == {
        "media_id": None,
        "weight": 1.0,
    }
    assert mean_place(answer, "space") < mean_place(answer, "food")


def test_a_cursor_outlives_a_crash(
    triton: ServedTriton, tmp_path: Path, crash: Callable[[ServedOrchestrator], None]
) -> None:
    served = orchestrator.start(triton.grpc_url, tmp_path / "store")
    for number, caption in enumerate(SPACE):
        served.publish(f"space-{number}", caption=caption)
    first = ask(served, "steady", limit=2)
    second = ask(served, "steady", cursor=first["cursor"])
    crash(served)
    with orchestrator.serve(triton.grpc_url, tmp_path / "store") as again:
        assert ask(again, "steady", cursor=first["cursor"]) == second
        third = ask(again, "steady", cursor=second["cursor"])
        assert len({*ids(first), *ids(second), *ids(third)}) == 6
        foreign = {"user_id": "other", "cursor": first["cursor"]}
        check_problem(again.http.post("/v1/feed", json=foreign), 403, "another viewer")


@pytest.fixture
def crash() -> Callable[[ServedOrchestrator], None]:
    """Kill -9."""

    def kill(served: ServedOrchestrator) -> None:
        served.http.close()
        served.process.kill()
        served.process.wait()

    return kill
