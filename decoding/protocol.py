"""What the decoder is told, and what it answers.

The task is the process's one argument, as JSON; the upload is its standard input, a file. Its
standard output is a line that says that it is locked in, then, once it has decoded, one line of
JSON and the pictures' bytes, one after the other.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Container = Literal["mp4", "matroska", "gif", "webp", "picture"]
"""How an upload is opened: never by what its content or its name says to the decoder."""
Fault = Literal["undecodable", "too-large"]
_READY = b"ready"


@dataclass(frozen=True, slots=True)
class Task:
    """What to make of an upload, and within which limits.

    At most `max_frames` frames, none of a `picture`, scaled down to sides of `max_side_px`, and a
    thumbnail with sides of at most `thumbnail_px`. Refused are frames of more than `max_pixels`
    and videos of more than `max_duration_s`. `memory_bytes` is what the process may allocate,
    `cpu_s` the processor time that it may use, over all threads.
    """

    container: Container
    max_frames: int
    max_side_px: int
    thumbnail_px: int
    max_pixels: int
    max_duration_s: float
    memory_bytes: int
    cpu_s: int

    def to_json(self) -> str:
        """The process's argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """What `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class FrameHead:
    """A frame of which the JPEG follows: when it is shown, and how many bytes it has."""

    time_s: float
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sampled: `width` and `height` in pixels of the upright video.

    `frames` are in order of their times, `images` their JPEGs. `representative` is the index of
    the one that stands for the video; `thumbnail` is a JPEG of it.
    """

    duration_s: float
    width: int
    height: int
    representative: int
    frames: tuple[FrameHead, ...]
    images: tuple[bytes, ...]
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was sampled; `detail` is for whoever uploaded it."""

    fault: Fault
    detail: str


def write_ready(lacking: str | None) -> bytes:
    """The first line: nothing of the upload was read yet. `lacking` says what is not locked."""
    return b" ".join((_READY, (lacking or "").encode())) + b"\n"


def split_ready(written: bytes) -> tuple[str | None, bytes] | None:
    """What `write_ready` was given, and all that follows; None where that line is not there."""
    line, end, rest = written.partition(b"\n")
    word, _, lacking = line.partition(b" ")
    if word != _READY or not end:
        return None
    return lacking.decode(errors="replace") or None, rest


def write(answer: Answer | Refusal) -> bytes:
    """An answer as the process writes it."""
    if isinstance(answer, Refusal):
        return json.dumps({"fault": answer.fault, "detail": answer.detail}).encode() + b"\n"
    head = asdict(answer)
    del head["images"]
    head["thumbnail"] = len(answer.thumbnail)
    return b"".join((json.dumps(head).encode(), b"\n", *answer.images, answer.thumbnail))


def read(written: bytes, task: Task) -> Answer | Refusal:
    """An answer to `task` of a process that may have been taken over; ValueError for any other."""
    line, _, images = written.partition(b"\n")
    try:
        head = json.loads(line)
        if "fault" in head:
            fault: Fault = "too-large" if head["fault"] == "too-large" else "undecodable"
            return Refusal(fault, str(head["detail"])[:500])
        answer = _answer(head, images)
    except (KeyError, TypeError, OverflowError, RecursionError) as exc:
        raise ValueError(f"the decoder's answer is none: {exc!r}") from exc
    _check(answer, task)
    return answer


def _answer(head: dict[str, Any], images: bytes) -> Answer:
    frames = tuple(FrameHead(float(f["time_s"]), int(f["size"])) for f in head["frames"])
    sizes = [*(frame.size for frame in frames), int(head["thumbnail"])]
    if min(sizes) < 0 or sum(sizes) != len(images):
        raise ValueError("the decoder's pictures are not as long as it says")
    parts, start = [], 0
    for size in sizes:
        parts.append(images[start : start + size])
        start += size
    *jpegs, thumbnail = parts
    return Answer(
        duration_s=float(head["duration_s"]),
        width=int(head["width"]),
        height=int(head["height"]),
        representative=int(head["representative"]),
        frames=frames,
        images=tuple(jpegs),
        thumbnail=thumbnail,
    )


def _check(answer: Answer, task: Task) -> None:
    times = [frame.time_s for frame in answer.frames]
    sound = (
        all(math.isfinite(number) and number >= 0 for number in [answer.duration_s, *times])
        and times == sorted(times)
        and answer.width > 0
        and answer.height > 0
        and answer.width * answer.height <= task.max_pixels
        and answer.duration_s <= task.max_duration_s
        and (len(times) == 0 if task.container == "picture" else 1 <= len(times) <= task.max_frames)
        and 0 <= answer.representative < max(len(times), 1)
    )
    if not sound:
        raise ValueError("the decoder's answer says something impossible")
