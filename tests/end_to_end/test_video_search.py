"""Videos among pictures and words are found by a scene, and by words shown halfway through."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.orchestrator import ServedOrchestrator
from tests.support.pictures import encoded
from tests.support.videos import Pixels, Scene, animation, landscape, plain, text_card, video

SIZE = (640, 360)
NOTHING = Scene(plain("black", SIZE), 1.0)


@dataclass(frozen=True)
class Film:
    """Two scenes of its own, between them a card; tiny CLIP tells scenes by their colours."""

    light: tuple[int, int, int]
    scenes: tuple[int, int]
    words: str

    def scene(self, number: int) -> Pixels:
        """Soft shapes in the film's light, as a photograph has them."""
        grey = landscape(number, SIZE, grain=0).mean(axis=2, keepdims=True) / 255
        return np.clip(np.array(self.light) * (0.55 + 0.6 * grey), 0, 255).astype(np.uint8)

    def card(self) -> Pixels:
        """Its words."""
        ground = "#" + "".join(f"{channel // 2:02x}" for channel in self.light)
        return text_card(self.words, SIZE, ground=ground, height_px=40)


FILMS = {
    "kitchen": Film((240, 220, 40), (10, 11), "PANCAKE RECIPE\nFLOUR EGGS MILK"),
    "observatory": Film((220, 40, 200), (20, 21), "PUBLIC ASTRONOMY EVENT\nBRING A TELESCOPE"),
    "office": Film((30, 180, 40), (30, 31), "ALL UNIT TESTS FAILED\nPLEASE FIX THE BUILD"),
    "harbour": Film((40, 60, 220), (40, 41), "FERRY TICKETS\nTO THE ISLAND"),
}


def file_of(media_id: str) -> bytes:
    """Black, a scene, a card halfway through, another scene, black; with silence, or without."""
    film = FILMS[media_id]
    first, second = film.scenes
    scenes = (
        NOTHING,
        Scene(film.scene(first), 3.0, step_px=1),
        Scene(film.card(), 2.0),
        Scene(film.scene(second), 3.0, step_px=1),
        NOTHING,
    )
    if media_id == "harbour":
        return animation([(one.picture, one.seconds) for one in scenes], "WEBP")
    container: Any = {"kitchen": "mp4", "observatory": "webm", "office": "mkv"}[media_id]
    return video(*scenes, container=container, silence=media_id != "office")


def still(pixels: Pixels) -> bytes:
    """A photograph of a scene: of another size, and compressed."""
    return encoded(Image.fromarray(pixels).resize((480, 270)), "JPEG", quality=80)


@pytest.fixture(scope="module", autouse=True)
def _posts(stack: ServedOrchestrator) -> None:
    for media_id in FILMS:
        created = stack.publish(media_id, file=file_of(media_id))
        assert created.status_code == 201, created.text
        assert created.json()["degraded"] == []
    for number, colour in enumerate(("white", "red", "orange")):
        picture = still(plain(colour, SIZE))
        assert stack.publish(f"picture-{number}", file=picture).status_code == 201
    assert stack.publish("words", caption="The opening of a game of chess").status_code == 201


def visual(stack: ServedOrchestrator, file: bytes, **form: str) -> list[str]:
    answer = stack.http.post("/v1/search/visual", data=form, files={"file": file})
    return [item["media_id"] for item in answer.raise_for_status().json()["items"]]


@pytest.mark.parametrize(
    ("media_id", "number"),
    [(media_id, number) for media_id, film in FILMS.items() for number in film.scenes],
)
def test_an_image_finds_the_video_in_which_it_is_a_scene(
    stack: ServedOrchestrator, media_id: str, number: int
) -> None:
    photograph = still(FILMS[media_id].scene(number))
    found = visual(stack, photograph, filter='{"media_types": ["video"]}')
    assert found[0] == media_id
    assert set(found) == set(FILMS)
    # Before the pictures too, though one scene is a part of it only.
    assert visual(stack, photograph, limit="1") == [media_id]


@pytest.mark.parametrize(
    ("text", "media_id"),
    [
        ("what to eat in the morning", "kitchen"),
        ("looking at stars and planets", "observatory"),
        ("software does not compile", "office"),
        ("boat trip across the sea", "harbour"),
    ],
)
def test_a_text_finds_the_video_that_shows_such_words_halfway(
    stack: ServedOrchestrator, text: str, media_id: str
) -> None:
    best = stack.search(text)[0]
    assert best["media_id"] == media_id
    assert best["ocr_text"] == FILMS[media_id].words


def test_black_is_no_frame(stack: ServedOrchestrator) -> None:
    body = stack.http.get("/v1/media/kitchen").json()
    assert body["duration_s"] == pytest.approx(10.0, abs=0.25)
    assert all(1.0 <= time_s < 9.0 for time_s in body["frame_times_s"])
    # A scene, a card and a scene: hardly more than that differs.
    assert 3 <= len(body["frame_times_s"]) <= 6


def test_a_videos_vector_is_the_normed_mean_of_its_scenes(stack: ServedOrchestrator) -> None:
    """Of two scenes, each of which fills half: both are as near to it."""
    scenes = [FILMS["kitchen"].scene(50), FILMS["harbour"].scene(51)]
    both = video(*(Scene(pixels, 2.0) for pixels in scenes))
    pooled = np.asarray(vector_of(stack, both))
    assert np.linalg.norm(pooled) == pytest.approx(1.0, abs=1e-5)
    ones = [np.asarray(vector_of(stack, still(pixels))) for pixels in scenes]
    mean = (ones[0] + ones[1]) / 2
    assert pooled @ (mean / np.linalg.norm(mean)) > 0.98
    assert min(pooled @ one for one in ones) > ones[0] @ ones[1] + 0.1


def vector_of(stack: ServedOrchestrator, file: bytes) -> list[float]:
    answer = stack.http.post("/extract-multimodal", files={"file": file})
    vector: list[float] = answer.raise_for_status().json()["visual_embedding"]
    return vector


def test_a_video_finds_its_copy(stack: ServedOrchestrator) -> None:
    again = stack.publish("kitchen-again", file=file_of("kitchen"), author_id="bob")
    assert again.status_code == 201
    answer = stack.http.post("/v1/search/hybrid", json={"media_id": "kitchen", "limit": 1})
    (copy,) = answer.raise_for_status().json()["items"]
    assert (copy["media_id"], copy["score"]) == ("kitchen-again", pytest.approx(1.0, abs=1e-5))
    assert stack.http.delete("/v1/media/kitchen-again").status_code == 204


def test_videos_stand_in_feeds_and_in_ranked_lists(stack: ServedOrchestrator) -> None:
    stack.like("eve", "kitchen")
    feed = [item["media_id"] for item in stack.feed("eve")]
    assert {"observatory", "office", "harbour"} <= set(feed)
    posts = [{"media_id": media_id} for media_id in ("office", "harbour", "words")]
    ranked = stack.http.post("/v1/rank", json={"user_id": "eve", "posts": posts})
    items = ranked.raise_for_status().json()["items"]
    assert {item["media_id"] for item in items} == {"office", "harbour", "words"}
    signals = {item["media_id"]: item["signals"] for item in items}
    assert signals["office"]["visual"] is not None
    assert signals["words"]["visual"] is None


def test_a_filter_tells_videos_from_the_rest(stack: ServedOrchestrator) -> None:
    found = stack.search("anything", filter={"media_types": ["video"]})
    assert {item["media_id"] for item in found} == set(FILMS)
