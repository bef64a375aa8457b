"""The sample videos are what the script makes, long enough, light, and say what they mean."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence
from rapidocr import RapidOCR

from quickstart.samples import SAMPLES
from scripts.make_sample_videos import write_video
from scripts.sample_scenes import SIZE, VIDEOS

HEAVIEST_BYTES = 300_000
# What another version of an encoder may change; another scene differs by 20 and more.
ALIKE = 4.0
WORDS = {
    "road-to-orbit.mp4": "countdown starts sunday at noon",
    "espresso-steps.webm": "grind it finer pour for 28 seconds",
    "window-visitors.webp": "who knocked on my window?",
    "two-gardens.mp4": "boat tours daily book at the gate",
}


@dataclass
class Decoded:
    """All frames, and when each is shown."""

    times_s: list[float]
    frames: list[NDArray[np.uint8]]
    length_s: float
    tracks: list[str]

    def at(self, time_s: float) -> NDArray[np.uint8]:
        """What is seen then."""
        shown = [n for n, shown_s in enumerate(self.times_s) if shown_s <= time_s + 1e-6]
        return self.frames[shown[-1]]


def decoded(path: Path) -> Decoded:
    if path.suffix == ".webp":
        return _animation(path)
    with av.open(str(path)) as container:
        assert container.duration is not None
        tracks = [str(stream.type) for stream in container.streams]
        frames = list(container.decode(video=0))
        return Decoded(
            [float(frame.time or 0) for frame in frames],
            [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in frames],
            container.duration / av.time_base,
            tracks,
        )


def _animation(path: Path) -> Decoded:
    found = Decoded([], [], 0.0, ["video"])
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            found.frames.append(np.asarray(frame.convert("RGB")))
            found.times_s.append(found.length_s)
            found.length_s += frame.info["duration"] / 1000
    return found


@pytest.mark.parametrize("name", VIDEOS)
def test_a_video_is_made_again_as_stored(name: str, tmp_path: Path) -> None:
    made_file = tmp_path / name
    write_video(VIDEOS[name], SAMPLES, made_file)
    made, stored = decoded(made_file), decoded(SAMPLES / name)
    assert made.times_s == pytest.approx(stored.times_s, abs=0.01)
    assert made.length_s == pytest.approx(stored.length_s, abs=0.1)
    for time_s in np.linspace(0, VIDEOS[name].length_s, 9, endpoint=False):
        difference = np.abs(made.at(time_s).astype(int) - stored.at(time_s))
        assert difference.mean() < ALIKE


@pytest.mark.parametrize("name", VIDEOS)
def test_a_video_shows_its_scenes_for_their_length(name: str) -> None:
    video, stored = VIDEOS[name], decoded(SAMPLES / name)
    assert stored.length_s == pytest.approx(video.length_s, abs=0.15)
    assert stored.frames[0].shape == (SIZE[1], SIZE[0], 3)
    assert (SAMPLES / name).stat().st_size < HEAVIEST_BYTES
    cuts_s = np.cumsum([scene.length_s for scene in video.scenes])[:-1]
    for cut_s in cuts_s:
        before, after = (stored.at(cut_s + aside).astype(int) for aside in (-0.2, 0.2))
        assert np.abs(before - after).mean() > 5 * ALIKE


def test_one_has_a_track_of_silence() -> None:
    tracks = {name: decoded(SAMPLES / name).tracks for name in VIDEOS}
    assert [name for name, kinds in tracks.items() if kinds == ["video", "audio"]] == [
        "road-to-orbit.mp4"
    ]
    with av.open(str(SAMPLES / "road-to-orbit.mp4")) as container:
        loudest = max(np.abs(frame.to_ndarray()).max() for frame in container.decode(audio=0))
    assert loudest < 1e-3


@pytest.mark.parametrize("name", VIDEOS)
def test_text_recognition_reads_the_card(name: str) -> None:
    video = VIDEOS[name]
    middle_of_card_s = video.scenes[0].length_s + video.scenes[1].length_s / 2
    reader = RapidOCR(params={"Det.limit_type": "max", "Det.limit_side_len": 640})
    assert (
        " ".join(reader(decoded(SAMPLES / name).at(middle_of_card_s)).txts).lower() == WORDS[name]
    )
