"""Videos over real HTTP: what is told of them, their thumbnails, and that they stay."""

import io
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support import orchestrator
from tests.support.odd_videos import uneven
from tests.support.orchestrator import ServedOrchestrator
from tests.support.problems import check_problem
from tests.support.triton import ServedTriton
from tests.support.uploads import plain, with_text
from tests.support.videos import Format, Pixels, Scene, animation, landscape, text_card, video

SIZE = (640, 360)
CARD = text_card("BAKE FOR NINETY\nMINUTES", SIZE)
SCENES = (Scene(landscape(1, SIZE), 2.0), Scene(CARD, 2.0), Scene(landscape(2, SIZE), 2.0))
WORDS = "BAKE FOR NINETY\nMINUTES"


def recipe(container: Format = "mp4", **options: Any) -> bytes:
    """Six seconds: a scene, a card with words, another scene."""
    return video(*SCENES, container=container, **options)


FILES = {
    "mp4": lambda: recipe("mp4", silence=True),
    "mov": lambda: recipe("mov"),
    "webm": lambda: recipe("webm", silence=True),
    "webm, vp9": lambda: recipe("webm", codec="libvpx-vp9"),
    "mkv": lambda: recipe("mkv"),
    "hevc": lambda: recipe("mp4", codec="libx265"),
    "gif": lambda: animation([(scene.picture, scene.seconds) for scene in SCENES], "GIF"),
    "webp": lambda: animation([(scene.picture, scene.seconds) for scene in SCENES], "WEBP"),
}


def extract(stack: ServedOrchestrator, file: bytes, name: str = "upload") -> dict[str, Any]:
    answer = stack.http.post("/extract-multimodal", files={"file": (name, file)})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def check_recipe(body: dict[str, Any]) -> None:
    """What every copy of the video is told of, whatever it is written as."""
    assert body["media_type"] == "video"
    assert body["duration_s"] == pytest.approx(6.0, abs=0.25)
    times = body["frame_times_s"]
    assert times == sorted(times)
    # One of each scene at least, at a time at which it is shown.
    assert {int(time_s // 2) for time_s in times} == {0, 1, 2}
    assert len(times) <= 8
    assert body["representative_time_s"] in times
    assert body["ocr_text"] == WORDS
    assert body["degraded"] == []
    assert body["visual_embedding"] is not None


@pytest.mark.parametrize("made_as", FILES)
def test_every_format(stack: ServedOrchestrator, made_as: str) -> None:
    check_recipe(extract(stack, FILES[made_as]()))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("holiday.jpg", "image/jpeg"), ("x.txt", "text/plain"), ("movie.mkv", "video/x-matroska")],
)
def test_neither_name_nor_content_type_counts(
    stack: ServedOrchestrator, name: str, kind: str
) -> None:
    files = {"file": (name, recipe(), kind)}
    check_recipe(stack.http.post("/extract-multimodal", files=files).raise_for_status().json())


def test_a_picture_that_is_called_a_video_is_a_picture(stack: ServedOrchestrator) -> None:
    files = {"file": ("clip.mp4", plain(), "video/mp4")}
    body = stack.http.post("/extract-multimodal", files=files).raise_for_status().json()
    assert body["media_type"] == "image"
    assert (body["duration_s"], body["representative_time_s"]) == (None, None)


def test_lines_keep_their_time(stack: ServedOrchestrator) -> None:
    """Words that stay are one line, at the time of the first frame that shows them."""
    stays, comes = text_card("EVERY FRIDAY", SIZE), text_card("FREE ENTRY TODAY", SIZE)
    film = video(Scene(landscape(3, SIZE), 2), Scene(stays, 4), Scene(comes, 2), Scene(stays, 2))
    body = stack.http.post("/extract-ocr", files={"file": film}).raise_for_status().json()
    assert [line["text"] for line in body["lines"]] == ["EVERY FRIDAY", "FREE ENTRY TODAY"]
    first, second = (line["time_s"] for line in body["lines"])
    assert 2.0 <= first < 6.0 <= second < 8.0
    assert body["ocr_text"] == "EVERY FRIDAY\nFREE ENTRY TODAY"
    for line in body["lines"]:
        assert all(0 <= x <= SIZE[0] and 0 <= y <= SIZE[1] for x, y in line["box"])


def test_a_video_through_its_life(stack: ServedOrchestrator) -> None:
    film = recipe()
    created = stack.publish("life", file=film, caption="How to bake", likes="3")
    assert created.status_code == 201, created.text
    body = created.json()
    assert body["media_type"] == "video"
    assert body["duration_s"] == pytest.approx(6.0, abs=0.25)
    assert 0.0 <= body["alignment_score"] <= 1.0
    assert stack.http.get("/v1/media/life").json() == body

    patched = stack.http.patch("/v1/media/life", json={"caption": "Bread at home"})
    assert patched.raise_for_status().json()["frame_times_s"] == body["frame_times_s"]

    assert stack.http.delete("/v1/media/life").status_code == 204
    assert stack.http.get("/v1/media/life").status_code == 404
    check_problem(stack.http.get("/v1/media/life/thumbnail"), 404, "'life'")


def test_the_same_upload_again_is_told_at_once(stack: ServedOrchestrator) -> None:
    film = video(Scene(landscape(30, (1280, 720)), 4, step_px=4), Scene(CARD_HD, 2), fps=25)
    first, first_s = _timed(lambda: stack.publish("twice", file=film))
    again, again_s = _timed(lambda: stack.publish("twice", file=film))
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert again.json() == first.json()
    assert again_s < first_s
    assert again_s < 0.5


CARD_HD = text_card("TWICE THE SAME", (1280, 720))


def _timed(call: Any) -> tuple[httpx.Response, float]:
    start_s = time.monotonic()
    answer: httpx.Response = call()
    return answer, time.monotonic() - start_s


def thumbnail(stack: ServedOrchestrator, media_id: str) -> Image.Image:
    answer = stack.http.get(f"/v1/media/{media_id}/thumbnail")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.format == "JPEG"
        return image.convert("RGB")


def test_the_thumbnail_is_the_frame_that_stands_for_the_video(stack: ServedOrchestrator) -> None:
    body = stack.publish("thumb", file=recipe()).json()
    small = thumbnail(stack, "thumb")
    assert max(small.size) <= 480
    assert small.width / small.height == pytest.approx(16 / 9, rel=0.02)
    shown: Pixels = SCENES[int(body["representative_time_s"] // 2)].picture
    expected = Image.fromarray(shown).resize((16, 9), Image.Resampling.BOX)
    for got, wanted in zip(_pixels(small.resize((16, 9))), _pixels(expected), strict=True):
        assert got == pytest.approx(wanted, abs=25)


def _pixels(image: Image.Image) -> list[int]:
    return list(image.tobytes())


def test_a_rotated_video_is_seen_upright(stack: ServedOrchestrator) -> None:
    upright = text_card("TALL ORDER", (360, 640), height_px=48)
    lying = upright.transpose(1, 0, 2)[:, ::-1]  # turned clockwise
    film = video(Scene(lying.copy(), 2.0), rotation=90)
    body = stack.publish("tall", file=film).json()
    assert body["ocr_text"] == "TALL ORDER"
    small = thumbnail(stack, "tall")
    assert small.height > small.width


def test_pictures_have_thumbnails_too(stack: ServedOrchestrator) -> None:
    assert stack.publish("still", file=plain("teal", (1200, 600))).status_code == 201
    small = thumbnail(stack, "still")
    assert small.width == 2 * small.height
    assert small.width <= 480
    assert small.getpixel((5, 5)) == pytest.approx((0, 128, 128), abs=4)


def test_what_has_no_picture_has_no_thumbnail(stack: ServedOrchestrator) -> None:
    assert stack.publish("words", caption="Only words").status_code == 201
    check_problem(stack.http.get("/v1/media/words/thumbnail"), 404, "'words'")
    check_problem(stack.http.get("/v1/media/nobody/thumbnail"), 404, "'nobody'")


def test_frames_at_uneven_times(stack: ServedOrchestrator) -> None:
    pictures = [landscape(seed, SIZE) for seed in range(5)]
    body = extract(stack, uneven(pictures, [0.0, 0.04, 3.0, 3.02, 9.0]))
    assert body["duration_s"] == pytest.approx(9.0, abs=0.3)
    assert min(abs(time_s - 3.0) for time_s in body["frame_times_s"]) < 0.1
    assert max(body["frame_times_s"]) == pytest.approx(9.0, abs=0.1)


def test_one_frame(stack: ServedOrchestrator) -> None:
    body = extract(stack, video(Scene(CARD, 0.1)))
    assert body["media_type"] == "video"
    assert body["frame_times_s"] == [0.0]
    assert body["ocr_text"] == WORDS


def test_a_still_gif_is_a_picture(stack: ServedOrchestrator) -> None:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(with_text("STANDING STILL"))).save(buffer, "GIF")
    body = extract(stack, buffer.getvalue())
    assert (body["media_type"], body["duration_s"]) == ("image", None)


def test_a_video_is_there_after_a_restart(triton: ServedTriton, tmp_path: Path) -> None:
    kept = {"FEEDLENS_UPLOADS_PATH": str(tmp_path / "uploads")}
    with orchestrator.serve(triton.grpc_url, tmp_path / "store", **kept) as first:
        assert first.publish("kept", file=recipe()).status_code == 201
        before = first.http.get("/v1/media/kept?vectors=true").json()
        small = first.http.get("/v1/media/kept/thumbnail").content
    with orchestrator.serve(triton.grpc_url, tmp_path / "store", **kept) as second:
        assert second.http.get("/v1/media/kept?vectors=true").json() == before
        assert second.http.get("/v1/media/kept/thumbnail").content == small
        assert second.publish("kept", file=recipe()).status_code == 200
        assert second.search("oven baking time", limit=1)[0]["media_id"] == "kept"


@pytest.fixture(scope="module")
def stack(triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One that keeps uploads, from which thumbnails are made."""
    folder = tmp_path_factory.mktemp("videos")
    uploads = {"FEEDLENS_UPLOADS_PATH": str(folder / "uploads")}
    with orchestrator.serve(triton.grpc_url, folder / "store", **uploads) as served:
        yield served
