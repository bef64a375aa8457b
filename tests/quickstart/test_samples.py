"""The sample posts are complete, licensed, varied, and their drawn pictures can be made again."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rapidocr import RapidOCR

from quickstart.samples import SAMPLES, SamplePost, load_posts, load_viewers
from scripts.make_samples import licences_page
from scripts.sample_drawings import DRAWINGS
from scripts.sample_photographs import LONGEST_SIDE, PHOTOGRAPHS
from scripts.sample_scenes import VIDEOS

REDISTRIBUTABLE = {"CC0-1.0", "CC-BY-2.0", "public domain"}
DISK_BUDGET_BYTES = 2_000_000


def kind(post: SamplePost) -> str:
    if post.file is None:
        return "text"
    if post.file.name in VIDEOS:
        return "video"
    return "photograph" if post.file.name in PHOTOGRAPHS else "drawing"


def files() -> list[SamplePost]:
    return [post for post in load_posts() if post.file is not None]


def pictures() -> list[SamplePost]:
    return [post for post in load_posts() if kind(post) in {"photograph", "drawing"}]


def test_every_topic_has_posts_of_every_kind() -> None:
    posts = load_posts()
    topics = Counter(post.topic for post in posts)
    assert len(posts) == 38
    assert set(topics) == {"space", "food", "animals", "travel", "programming"}
    assert min(topics.values()) >= 5
    for topic in topics:
        assert {kind(post) for post in posts if post.topic == topic} >= {
            "photograph",
            "drawing",
            "text",
        }
    assert sum(kind(post) == "video" for post in posts) == 4


def test_several_drawings_say_what_they_mean_in_their_pixels_only() -> None:
    silent = [post.media_id for post in load_posts() if post.caption is None]
    drawn = {Path(name).stem for name in DRAWINGS}
    assert len(drawn.intersection(silent)) >= 6


def test_authors_ages_and_counters_are_spread() -> None:
    posts = load_posts()
    ages = [post.age_hours for post in posts]
    assert len({post.author_id for post in posts}) >= 6
    assert (min(ages), max(ages)) == (0.5, 14 * 24)
    for counter in ([post.likes for post in posts], [post.comments for post in posts]):
        assert min(counter) >= 0
        assert max(counter) <= 5000
    for topic in {post.topic for post in posts}:
        likes = [post.likes for post in posts if post.topic == topic]
        assert min(likes) < 600
        assert max(likes) > 2000


@pytest.mark.parametrize("post", pictures(), ids=lambda post: post.media_id)
def test_picture_opens_and_is_small(post: SamplePost) -> None:
    assert post.file is not None
    with Image.open(post.file) as picture:
        picture.load()
        assert max(picture.size) <= LONGEST_SIDE
        assert min(picture.size) >= 224


@pytest.mark.parametrize("post", files(), ids=lambda post: post.media_id)
def test_a_file_names_its_licence(post: SamplePost) -> None:
    assert post.licence in REDISTRIBUTABLE
    assert post.source
    assert post.attribution


def test_samples_hold_no_stray_file_and_stay_light() -> None:
    named = {post.file.name for post in files() if post.file is not None}
    stored = {path.name for path in SAMPLES.iterdir()}
    assert stored == named | {"posts.json", "viewers.json", "LICENCES.md"}
    assert named == set(PHOTOGRAPHS) | set(DRAWINGS) | set(VIDEOS)
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < DISK_BUDGET_BYTES


def test_licences_page_is_that_of_the_posts() -> None:
    page = (SAMPLES / "LICENCES.md").read_text(encoding="utf-8")
    assert page == licences_page(load_posts())
    assert "| summer-palace.jpg | danielbuechele | CC-BY-2.0 |" in page


def test_viewers_like_disjoint_topics() -> None:
    topic_of = {post.media_id: post.topic for post in load_posts()}
    ada, ben = load_viewers()
    assert (ada.user_id, ben.user_id) == ("ada", "ben")
    assert len(ada.likes) == len(ben.likes) == 4
    assert {topic_of[like.media_id] for like in ada.likes} == {"space", "programming"}
    assert {topic_of[like.media_id] for like in ben.likes} == {"food", "animals"}


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawing_is_made_again_as_stored(name: str) -> None:
    drawn = np.asarray(DRAWINGS[name](SAMPLES), dtype=np.int16)
    with Image.open(SAMPLES / name) as stored:
        difference = np.abs(drawn - np.asarray(stored.convert("RGB"), dtype=np.int16))
    # What JPEG and the palette lose; another picture differs by 40 and more.
    assert difference.mean() < 4.0


PHRASES = {
    "star-party-poster.jpg": "public stargazing",
    "telescope-meme.jpg": "bought a telescope",
    "coffee-shop-sign.png": "fresh coffee",
    "pancake-recipe.png": "buttermilk pancakes",
    "espresso-meme.jpg": "before my espresso",
    "cat-meme.jpg": "ate the plant",
    "lost-dog-poster.png": "lost dog",
    "trail-sign.jpg": "mountain hut",
    "departures-board.png": "lisbon night train",
    "build-failed-meme.jpg": "build failed",
    "bug-list-note.png": "null pointer bug",
}


@pytest.fixture(scope="module")
def reader() -> RapidOCR:
    return RapidOCR(params={"Det.limit_type": "max", "Det.limit_side_len": 640})


@pytest.mark.parametrize("name", DRAWINGS)
def test_text_recognition_reads_the_drawing(reader: RapidOCR, name: str) -> None:
    text = " ".join(reader(str(SAMPLES / name)).txts).lower()
    assert PHRASES[name] in text


def write_samples(folder: Path, posts: list[dict[str, Any]], likes: list[dict[str, Any]]) -> None:
    (folder / "posts.json").write_text(json.dumps(posts), encoding="utf-8")
    viewers = [{"user_id": "eve", "likes": likes}]
    (folder / "viewers.json").write_text(json.dumps(viewers), encoding="utf-8")


def text_post(**changes: Any) -> dict[str, Any]:
    post = {"media_id": "m1", "author_id": "a1", "caption": "Hello", "file": None}
    return post | {"topic": "space", "age_hours": 3.0, "likes": 1, "comments": 0} | changes


@pytest.mark.parametrize(
    ("posts", "complaint"),
    [
        ([text_post(), text_post()], "m1 is listed twice"),
        ([text_post(caption=None)], "m1 has neither file nor caption"),
        ([text_post(file="gone.jpg")], "m1: no file .*gone.jpg"),
        ([text_post(file="posts.json")], "m1: source, licence or attribution is missing"),
    ],
)
def test_faulty_post_is_named(tmp_path: Path, posts: list[dict[str, Any]], complaint: str) -> None:
    write_samples(tmp_path, posts, [])
    with pytest.raises(ValueError, match=complaint):
        load_posts(tmp_path)


@pytest.mark.parametrize(
    ("like", "complaint"),
    [
        ({"media_id": "m2", "age_hours": 1.0}, "eve likes unknown m2"),
        ({"media_id": "m1", "age_hours": 4.0}, "eve likes m1 before it was posted"),
    ],
)
def test_faulty_like_is_named(tmp_path: Path, like: dict[str, Any], complaint: str) -> None:
    write_samples(tmp_path, [text_post()], [like])
    with pytest.raises(ValueError, match=complaint):
        load_viewers(tmp_path)
