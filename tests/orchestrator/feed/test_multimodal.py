import pytest

from orchestrator.errors import InvalidRequest
from orchestrator.feed.makers import NewSession
from orchestrator.feed.multimodal import MultimodalMaker
from tests.orchestrator.store.conformance import NOW
from tests.support.feeds import Feed

NEWEST = {"visual": 0.0, "text": 0.0, "engagement": 0.0, "diversity": 0.0}


async def weights_of(
    maker: MultimodalMaker, weights: dict[str, float] | None = None
) -> list[float]:
    """The shares of the signals that made the first post of a session for somebody unknown."""
    new = NewSession("s1", "u1", NOW, seed=7, weights=weights)
    rows = (await maker.make(new)).numbers["signals"]
    return [round(weight, 6) for weight in rows[0, :, 2].tolist()]


async def test_weights_of_a_variant_stand_below_those_of_a_request(feed: Feed) -> None:
    # visual, text, engagement, recency, diversity; the first two are missing.
    assert await weights_of(feed.maker) == [0, 0, 0.444444, 0.333333, 0.222222]
    newest = feed.maker.weighted(NEWEST)
    assert await weights_of(newest) == [0, 0, 0, 1, 0]
    assert await weights_of(newest, {"engagement": 0.15}) == [0, 0, 0.5, 0.5, 0]
    assert await weights_of(feed.maker) == [0, 0, 0.444444, 0.333333, 0.222222]


async def test_weights_that_are_none(feed: Feed) -> None:
    with pytest.raises(InvalidRequest, match="unknown signal 'sound'"):
        feed.maker.weighted({"sound": 1.0})


async def test_what_exists_has_an_author(feed: Feed) -> None:
    assert await feed.maker.authors(["m03", "gone", "m21"]) == {
        "m03": "author-3",
        "m21": "author-1",
    }
    assert await feed.maker.authors([]) == {}


async def test_it_saves_nothing(feed: Feed) -> None:
    new = NewSession("s1", "u1", NOW, seed=7, served=("m00", "m01"))
    made = await feed.maker.make(new)
    assert (made.session_id, made.user_id, made.variant) == ("s1", "u1", "multimodal")
    assert set(made.media_ids[-2:]) == {"m00", "m01"}
    assert await feed.sessions.get("s1") is None
    assert await feed.sessions.served_to("u1", since=NOW) == []
