"""The largest frames that are accepted fit into what the decoder may allocate, and into 400 MB."""

import asyncio
from pathlib import Path

import psutil
import pytest

from decoding.protocol import Container
from orchestrator.content.disk_file import DiskFile
from orchestrator.content.video import Sampled, Video
from orchestrator.deadline import Deadline
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.process import ProcessDecoder
from tests.support.videos import Format, Scene, landscape, video

LARGEST = (4096, 2304)
MEGABYTE = 1_000_000


async def peak_bytes_until(done: "asyncio.Task[Sampled]") -> int:
    """The most memory that the decoder held at any time, with the code that it shares."""
    most = 0
    while not done.done():
        most = max([most, *map(peak_bytes, psutil.Process().children())])
        await asyncio.wait([done], timeout=0.005)
    return most


def peak_bytes(child: psutil.Process) -> int:
    """Not what getrusage tells: that counts this process's own, before the child's start."""
    try:
        # Before that it is this process's memory, too.
        if child.cmdline()[1:4] != ["-I", "-m", "decoding"]:
            return 0
        lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
    except (psutil.Error, OSError):
        return 0
    return max([int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")] or [0])


@pytest.mark.parametrize(
    ("codec", "written_as", "container"),
    [
        ("libx264", "mp4", "mp4"),
        ("libx265", "mp4", "mp4"),
        ("libvpx-vp9", "webm", "matroska"),
        ("libsvtav1", "mp4", "mp4"),
    ],
)
async def test_the_largest_frames_fit(codec: str, written_as: Format, container: Container) -> None:
    scenes = [Scene(landscape(seed, LARGEST, grain=2), 0.6, step_px=8) for seed in (1, 2)]
    data = video(*scenes, container=written_as, codec=codec)
    decoder = ProcessDecoder(VideoParameters(timeout_s=60), max_pictures_pixels=1)
    film = Video(DiskFile.of(data), "sha256:0", container)
    asking = asyncio.ensure_future(decoder.sample(film, Deadline.after(60)))
    peak = await peak_bytes_until(asking)
    sampled = await asking
    assert (sampled.width, sampled.height) == LARGEST
    assert len(sampled.frames) == 2
    assert 100 * MEGABYTE < peak < 400 * MEGABYTE
