"""What the decoder's end means: its answer, or an error for whoever uploaded the file."""

import logging

from decoding.protocol import Answer, Refusal, Task, read
from orchestrator.content.picture import inspect
from orchestrator.content.video import Frame, Sampled
from orchestrator.errors import FeedlensError, TooLarge, Unavailable, UndecodableMedia
from orchestrator.frames.child import Ended

STARVED_SHARE = 0.25
"""Of the time by the clock, spent in waiting for a processor.

By default, three quarters of it are more than the processor time that decoding may take: what
would have come to an end had to wait for longer than this, what sleeps for good hardly does.
"""
_JPEG = b"\xff\xd8\xff"

_LOG = logging.getLogger(__name__)


def answer_of(ended: Ended, written: bytes, task: Task, timeout_s: float | None) -> Answer:
    """What the process answered; `timeout_s` is None where the request's deadline came first.

    Raises UndecodableMedia and TooLarge, which say what is wrong with the upload, and Unavailable
    where the deadline passed, or the time while the process hardly got a processor.
    """
    medium = _medium(task)
    if ended.fault == "timed-out":
        if timeout_s is None:
            raise Unavailable(f"the {medium} was not decoded within the request's time")
        if ended.waited_s is not None and ended.waited_s >= STARVED_SHARE * timeout_s:
            raise Unavailable(
                f"the machine was too busy to decode the {medium} within {timeout_s:g} s"
            )
        raise UndecodableMedia(f"decoding the {medium} takes longer than {timeout_s:g} s")
    if ended.signal_name == "SIGXCPU":
        raise UndecodableMedia(
            f"decoding the {medium} takes more than {task.cpu_s} s of processor time"
        )
    if ended.status != 0 and ended.fault is None:
        how = ended.signal_name or f"exit status {ended.status}"
        raise UndecodableMedia(f"the {medium} can't be decoded: the decoder crashed on it ({how})")
    return _read(ended, written, task)


def _read(ended: Ended, written: bytes, task: Task) -> Answer:
    try:
        if ended.fault is not None:
            raise ValueError(f"the decoder wrote more than {len(ended.output):,} bytes")
        answer = read(written, task)
    except ValueError as exc:
        raise _disbelieved(task, exc) from exc
    if isinstance(answer, Refusal):
        kind = TooLarge if answer.fault == "too-large" else UndecodableMedia
        raise kind(f"the {_medium(task)} can't be used: {answer.detail}")
    return answer


def sampled_of(answer: Answer, task: Task) -> Sampled:
    """The frames as pictures, each looked at: the process may have been taken over."""
    try:
        frames = tuple(
            Frame(head.time_s, inspect(image, max_pixels=task.max_side_px**2))
            for head, image in zip(answer.frames, answer.images, strict=True)
        )
    except (FeedlensError, ValueError) as exc:
        raise _disbelieved(task, exc) from exc
    return Sampled(
        duration_s=answer.duration_s,
        width=answer.width,
        height=answer.height,
        frames=frames,
        representative=frames[answer.representative],
        thumbnail=thumbnail_of(answer, task),
    )


def thumbnail_of(answer: Answer, task: Task) -> bytes:
    """The thumbnail, which is surely a small JPEG: it is given out as one."""
    try:
        inspect(answer.thumbnail, max_pixels=task.thumbnail_px**2)
        if not answer.thumbnail.startswith(_JPEG):
            raise ValueError("the decoder's thumbnail is no JPEG")
    except (FeedlensError, ValueError) as exc:
        raise _disbelieved(task, exc) from exc
    return answer.thumbnail


def _disbelieved(task: Task, exc: Exception) -> UndecodableMedia:
    medium = _medium(task)
    _LOG.warning("a decoder's answer to a %s was thrown away: %s", task.container, exc)
    return UndecodableMedia(f"the {medium} can't be decoded: the decoder went wrong on it")


def _medium(task: Task) -> str:
    return "picture" if task.container == "picture" else "video"
