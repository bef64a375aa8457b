"""Make the videos in quickstart/samples from the pictures there.

    python -m scripts.make_sample_videos

Their sources and licences stand in posts.json, from which `python -m scripts.make_samples` derives
LICENCES.md.
"""

import argparse
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
from av.container import OutputContainer

from quickstart.samples import SAMPLES
from scripts.sample_scenes import SIZE, VIDEOS, SampleVideo

# One thread, and files without the date or a random number: the same bytes every time.
_FILE_OPTIONS = {"fflags": "+bitexact"}
_CODECS: Mapping[str, tuple[str, dict[str, str]]] = MappingProxyType(
    {
        ".mp4": ("libx264", {"crf": "29", "preset": "slow", "threads": "1"}),
        ".webm": ("libvpx-vp9", {"crf": "42", "b": "0", "cpu-used": "2", "threads": "1"}),
    }
)
_SOUND_RATE_HZ = 44_100
_SOUND_SAMPLES = 1024
_WEBP_QUALITY = 45


def write_video(video: SampleVideo, samples: Path, target: Path) -> None:
    """Encode as the target's suffix says, from the pictures in `samples`."""
    if target.suffix == ".webp":
        _write_animation(video, samples, target)
        return
    codec, options = _CODECS[target.suffix]
    with av.open(str(target), "w", options=_FILE_OPTIONS) as container:
        stream = _video_stream(container, codec, video.rate, options)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        # Streams are announced before the first packet.
        sound = _sound_stream(container) if video.has_silence else None
        for picture in video.frames(samples):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            _write_silence(container, sound, video.length_s)


def main() -> None:
    """Write every video."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None).parse_args()
    for name, video in VIDEOS.items():
        write_video(video, SAMPLES, SAMPLES / name)


def _video_stream(
    container: OutputContainer, codec: str, rate: int, options: dict[str, str]
) -> av.VideoStream:
    stream = container.add_stream(codec, rate=rate, options=options)
    if not isinstance(stream, av.VideoStream):
        raise TypeError(f"{codec} makes no video")
    return stream


def _sound_stream(container: OutputContainer) -> av.AudioStream:
    return container.add_stream("aac", rate=_SOUND_RATE_HZ)


def _write_silence(container: OutputContainer, sound: av.AudioStream, length_s: float) -> None:
    nothing = np.zeros((1, _SOUND_SAMPLES), np.float32)
    for start in range(0, round(length_s * _SOUND_RATE_HZ), _SOUND_SAMPLES):
        frame = av.AudioFrame.from_ndarray(nothing, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = _SOUND_RATE_HZ, start
        frame.time_base = Fraction(1, _SOUND_RATE_HZ)
        container.mux(sound.encode(frame))
    container.mux(sound.encode())


def _write_animation(video: SampleVideo, samples: Path, target: Path) -> None:
    first, *rest = video.frames(samples)
    first.save(
        target,
        save_all=True,
        append_images=rest,
        duration=1000 // video.rate,
        loop=0,
        quality=_WEBP_QUALITY,
        method=4,
    )


if __name__ == "__main__":
    main()
