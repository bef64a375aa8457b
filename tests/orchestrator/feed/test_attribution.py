import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.feed.attribution import ServedPosts, attribute


def served(created_us: int, variant: str, *media_ids: str, count: int = 99) -> ServedPosts:
    return ServedPosts(created_us, variant, json.dumps(media_ids), count)


LATEST_FIRST = [
    served(30, "bold", "c", "a"),
    served(20, "calm", "a", "b", "x", count=2),
    served(10, "old", "x", "a"),
]


@pytest.mark.parametrize(
    ("media_id", "at_us", "variant"),
    [
        ("a", 30, "bold"),
        ("a", 99, "bold"),
        ("a", 29, "calm"),
        ("a", 19, "old"),
        ("a", 9, None),
        ("b", 30, "calm"),
        ("b", 19, None),
        # The session at 20 has it, on a page that was not served.
        ("x", 25, "old"),
        ("unknown", 99, None),
    ],
)
def test_the_latest_session_that_served_it(media_id: str, at_us: int, variant: str | None) -> None:
    assert attribute([(media_id, at_us)], LATEST_FIRST) == [variant]


def test_each_reaction_has_its_own_answer() -> None:
    reactions = [("a", 30), ("x", 30), ("gone", 30), ("a", 15), ("a", 30)]
    assert attribute(reactions, LATEST_FIRST) == ["bold", "old", None, "old", "bold"]
    assert attribute([], LATEST_FIRST) == []
    assert attribute(reactions, []) == [None] * 5


def test_part_of_an_id_is_another_id() -> None:
    sessions = [served(1, "v", "m10", '", "', "ü", 'q"')]
    ids = ["m1", "10", "m10", '", "', ", ", "ü", "\\u00fc", 'q"', '"']
    found = attribute([(media_id, 1) for media_id in ids], sessions)
    assert found == [None, None, "v", "v", None, "v", None, "v", None]


def test_no_older_session_is_read_than_is_needed() -> None:
    assert attribute([("a", 30)], [LATEST_FIRST[0], served(1, "bad")._replace(media_ids="[")]) == [
        "bold"
    ]


def test_ids_that_are_no_json() -> None:
    damaged = served(1, "v")._replace(media_ids='["a"')
    with pytest.raises(ValueError, match="delimiter"):
        attribute([("a", 1)], [damaged])


ids = st.text('ab"\\ ,ü', max_size=3)
sessions_of_one = st.lists(
    st.tuples(st.integers(0, 5), st.lists(ids, max_size=5, unique=True), st.integers(0, 5)),
    max_size=6,
)


@given(st.lists(st.tuples(ids, st.integers(0, 5)), max_size=40), sessions_of_one)
def test_it_is_what_a_plain_search_finds(
    reactions: list[tuple[str, int]], drawn: list[tuple[int, list[str], int]]
) -> None:
    ordered = sorted(drawn, key=lambda each: -each[0])
    sessions = [
        served(created, f"v{number}", *media_ids, count=count)
        for number, (created, media_ids, count) in enumerate(ordered)
    ]
    expected = [
        next(
            (
                f"v{number}"
                for number, (created, media_ids, count) in enumerate(ordered)
                if created <= at_us and media_id in media_ids[:count]
            ),
            None,
        )
        for media_id, at_us in reactions
    ]
    assert attribute(reactions, sessions) == expected
