"""Videos made for tests with PyAV: scenes, text cards, silence.

All are made in memory, and are the same bytes each time. Odd ones: tests/support/odd_videos.py.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Format = Literal["mp4", "mov", "webm", "mkv"]
Size = tuple[int, int]

SIZE: Size = (320, 180)
_MUXERS = {"mp4": "mp4", "mov": "mov", "webm": "webm", "mkv": "matroska"}
_CODECS = {"mp4": "libx264", "mov": "libx264", "webm": "libvpx", "mkv": "libx264"}
_FASTEST = {
    "libx264": {"preset": "superfast", "threads": "1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "2M"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "b": "2M"},
    "libsvtav1": {"preset": "12"},
}
_TIME_BASE = Fraction(1, 1000)
_SAMPLE_RATE = 48_000
_RGB = 3


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen for some time; it moves to the right by `step_px` a frame."""

    picture: Pixels
    seconds: float
    step_px: int = 0


def plain(colour: str, size: Size = SIZE) -> Pixels:
    """One colour: `black`, or any other name that Pillow knows."""
    return np.asarray(Image.new("RGB", size, colour))


def landscape(seed: int, size: Size = SIZE, grain: int = 6) -> Pixels:
    """Soft shapes in colours of this seed, with noise of ± `grain`: as photos compress."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 8, 3), dtype=np.uint8))
    soft = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC)).astype(int)
    noise = rng.integers(-grain, grain + 1, soft.shape)
    return np.clip(soft + noise, 0, 255).astype(np.uint8)


def text_card(
    text: str, size: Size = SIZE, *, ground: str = "black", ink: str = "white", height_px: int = 0
) -> Pixels:
    """Text in the middle of a plain ground, its letters a sixth of the picture high."""
    image = Image.new("RGB", size, ground)
    font = ImageFont.load_default(size=height_px or size[1] // 6)
    ImageDraw.Draw(image).multiline_text(
        (size[0] / 2, size[1] / 2), text, fill=ink, font=font, anchor="mm", align="center"
    )
    return np.asarray(image)


def faded(picture: Pixels, light: float) -> Pixels:
    """The picture with this share of its light: 0 is black."""
    return (picture * light).astype(np.uint8)


def video(
    *scenes: Scene,
    container: Format = "mp4",
    fps: int = 10,
    codec: str | None = None,
    options: Mapping[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    rotation: int = 0,
    mirrored: bool = False,
    silence: bool = False,
    looped: int = 1,
    stretch: Fraction | None = None,
) -> bytes:
    """Scenes one after the other, of the first one's size.

    Args:
        scenes: of the same size; sides are even.
        container: what it is written as.
        fps: frames a second.
        codec: an encoder's name; that usual in the container where None.
        options: of the encoder, over those that make it fast. `{"g": "9999", "sc_threshold": "0"}`
            gives libx264 a single keyframe.
        pix_fmt: as it is encoded.
        rotation: degrees counterclockwise that its display matrix asks players to turn it by.
        mirrored: whether its display matrix asks for left and right to be swapped.
        silence: whether it has an audio track.
        looped: how often all of it is shown, each time with the same packets.
        stretch: the sample aspect ratio.
    """
    times = Timeline(scenes, fps)
    return of_frames(
        times.frames(),
        container=container,
        codec=codec,
        options=options,
        pix_fmt=pix_fmt,
        rotation=rotation,
        mirrored=mirrored,
        silent_s=times.seconds if silence else 0,
        looped=looped,
        seconds=times.seconds,
        stretch=stretch,
        frame_s=1 / fps,
    )


@dataclass(frozen=True, slots=True)
class Timeline:
    """Scenes at so many frames a second."""

    scenes: Sequence[Scene]
    fps: int

    @property
    def seconds(self) -> float:
        """How long all of them last."""
        return sum(scene.seconds for scene in self.scenes)

    def frames(self) -> Iterator[tuple[Pixels, float]]:
        """Every frame with its time."""
        shown = 0
        for scene in self.scenes:
            for i in range(round(scene.seconds * self.fps)):
                moved = np.roll(scene.picture, scene.step_px * i, axis=1)
                yield np.ascontiguousarray(moved), shown / self.fps
                shown += 1


@contextmanager
def _same_scheduling() -> Iterator[None]:
    """SVT-AV1 gives a thread that root starts it in the highest real-time priority, and leaves it.

    Everything that the tests start afterwards would have it too, and starve the rest.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


@_same_scheduling()
def of_frames(
    frames: Iterable[tuple[Pixels, float]],
    *,
    container: Format = "mp4",
    codec: str | None = None,
    options: Mapping[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    rotation: int = 0,
    mirrored: bool = False,
    silent_s: float = 0,
    looped: int = 1,
    seconds: float = 0,
    stretch: Fraction | None = None,
    frame_s: float = 0.1,
    muxer_options: Mapping[str, str] | None = None,
) -> bytes:
    """Frames, each with its time in seconds: of any rate, and of none that is even.

    `silent_s` is the length of its silent audio track, `seconds` after how many each loop starts,
    `frame_s` how long the last frame is shown. The rest is as for `video`.
    """
    todo = iter(frames)
    first = next(todo)
    file = BytesIO()
    with av.open(
        file,
        "w",
        format=_MUXERS[container],
        container_options={"fflags": "+bitexact", **(muxer_options or {})},
    ) as out:
        name = codec or _CODECS[container]
        stream: Any = out.add_stream(
            name, rate=30, options={**_FASTEST.get(name, {}), **(options or {})}
        )
        stream.height, stream.width = first[0].shape[:2]
        stream.pix_fmt = pix_fmt
        # MPEG-4 part 2 counts in at most 16 bits; all others count milliseconds too.
        stream.codec_context.time_base = stream.time_base = _TIME_BASE
        if stretch is not None:
            stream.codec_context.sample_aspect_ratio = stretch
        if rotation or mirrored:
            stream.set_display_rotation(rotation, hflip=mirrored)
        sound: Any = silence_track(out, container) if silent_s else None
        if sound is not None:
            out.mux(silence(sound, silent_s * looped))
        packets = list(_encoded(stream, (first, *todo)))
        for loop in range(looped):
            start = round(loop * seconds / _TIME_BASE)
            for data, pts, dts, is_key in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, _TIME_BASE
                packet.pts, packet.dts = pts + start, dts + start
                packet.is_keyframe, packet.duration = is_key, round(frame_s / _TIME_BASE)
                out.mux(packet)
    return file.getvalue()


def _encoded(
    stream: Any, frames: Iterable[tuple[Pixels, float]]
) -> Iterator[tuple[bytes, int, int, bool]]:
    """Packets as their data, presentation and decoding time in milliseconds; whether of a key."""
    made = []
    for pixels, time_s in frames:
        with_alpha = pixels.shape[-1] > _RGB
        frame = av.VideoFrame.from_ndarray(pixels, format="rgba" if with_alpha else "rgb24")
        frame.time_base, frame.pts = _TIME_BASE, round(time_s / _TIME_BASE)
        made.extend(stream.encode(frame))
    made.extend(stream.encode())
    for packet in made:
        scale = packet.time_base / _TIME_BASE
        pts, dts = round(packet.pts * scale), round(packet.dts * scale)
        yield bytes(packet), pts, dts, packet.is_keyframe


def silence_track(out: Any, container: Format) -> Any:
    """An audio track of one channel in a file that is being written."""
    codec = "libopus" if container == "webm" else "aac"
    return out.add_stream(codec, rate=_SAMPLE_RATE, layout="mono")


def silence(sound: Any, seconds: float) -> list[Any]:
    """The packets of such a track."""
    packets, step = [], 960
    for at in range(0, round(seconds * _SAMPLE_RATE), step):
        kind = "flt" if sound.codec_context.name == "libopus" else "fltp"
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, step), np.float32), format=kind, layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = (
            _SAMPLE_RATE,
            at,
            Fraction(1, _SAMPLE_RATE),
        )
        packets.extend(sound.encode(frame))
    return [*packets, *sound.encode()]


def animation(
    frames: Sequence[tuple[Pixels, float]], file_format: Literal["GIF", "WEBP"], **options: Any
) -> bytes:
    """An animated GIF or WebP of pictures, each with the seconds that it is shown."""
    images = [Image.fromarray(pixels) for pixels, _ in frames]
    milliseconds = [round(seconds * 1000) for _, seconds in frames]
    file = BytesIO()
    images[0].save(
        file,
        file_format,
        save_all=True,
        append_images=images[1:],
        duration=milliseconds,
        loop=0,
        **options,
    )
    return file.getvalue()
