"""MP4, MOV, Matroska and WebM by FFmpeg: the only module that imports PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from typing import Any, BinaryIO, Final

import av
import av.logging
import av.subtitles.stream  # it imports that for the first file: too late once it is locked in
from av.stream import Discard, Disposition
from av.video.reformatter import VideoReformatter

from decoding.indexing import Clock, groups_of
from decoding.planning import Budget, Group, Visit, cost, plan
from decoding.protocol import Task
from decoding.refused import Refused
from decoding.shots import Shot, check_length, check_size, turn_of

av.logging.set_level(None)

_DEMUXERS: Final = {"mp4": "mov", "matroska": "matroska"}
_DECODERS: Final = (
    *("h264", "hevc", "vvc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "mpeg2video", "mpeg1video"),
    *("mjpeg", "prores", "h263", "theora", "ffv1", "dnxhd", "png", "qtrle", "rawvideo"),
)
_THREADS = 2
_HIGH_DEFINITION_PX = 1280
_BT709, _UNSPECIFIED = 1, 2
_BUDGET = Budget(enough=250e6, most=1_500e6)
"""A second's work, and a few seconds', of one core."""
_LEAST_STRETCH = 0.125
_SURE_GAP_S = 20.0
_SCANNED_PACKETS = 300_000
_IDLE_PACKETS = 64
"""So many that give no frame are read on: decoders hold some back, damage is skipped."""
DAMAGED = "its video can't be decoded: the file is damaged or cut off"


@contextmanager
def open_film(file: BinaryIO, task: Task) -> Iterator[Film]:
    """The first video track of a file; Refused where it has none, or one that is too large."""
    try:
        with av.open(
            file,
            mode="r",
            format=_DEMUXERS[task.container],
            options={
                "codec_whitelist": ",".join(_DECODERS),
                "protocol_whitelist": "none",
                "max_pixels": str(task.max_pixels),
            },
            io_open=_open_nothing,
            metadata_errors="replace",
        ) as container:
            yield Film(container, _video_stream(container), task)
    except (av.FFmpegError, EOFError) as exc:
        if isinstance(exc, MemoryError):
            raise
        raise Refused("undecodable", DAMAGED) from exc


def _open_nothing(*_: object) -> Any:
    raise PermissionError("a video may not name other files")


def _video_stream(container: Any) -> Any:
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            break
    else:
        kinds = {stream.type for stream in container.streams}
        only = " (audio only)" if "audio" in kinds else ""
        raise Refused("undecodable", f"the file has no video stream{only}")
    context = stream.codec_context
    if context is None or context.codec.name not in _DECODERS:
        name = "an unknown codec" if context is None else f"the codec {context.codec.name}"
        raise Refused("undecodable", f"its video is in {name}, which is not decoded here")
    return stream


class _Conversions:
    """Changes frames' sizes and pixel formats; what it needs for each is made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int, str], VideoReformatter] = {}

    def __call__(self, frame: Any, width: int, height: int, layout: str) -> Any:
        made = self._made.setdefault((width, height, layout), VideoReformatter())
        # High-definition video that does not say its colours is meant in those of BT.709.
        meant = frame.colorspace
        if meant == _UNSPECIFIED and max(frame.width, frame.height) >= _HIGH_DEFINITION_PX:
            meant = _BT709
        return made.reformat(
            frame, width, height, layout, src_colorspace=meant, interpolation="AREA", threads=1
        )


class Film:
    """A video that is open: how long it is, its frames by seeking, all times from its start."""

    def __init__(self, container: Any, stream: Any, task: Task) -> None:
        check_size(stream.width, stream.height, task.max_pixels)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        self._container = container
        self._stream = stream
        self._task = task
        self._base = float(stream.time_base)
        self._decoder = stream.codec_context
        self._decoder.thread_count = _THREADS
        self._decoder.thread_type = "SLICE"
        self._decoder.skip_frame = "NONREF"
        self._left = 2 * _BUDGET.most
        self._shown_s = -1.0
        self._convert = _Conversions()
        self._turns: list[Any] = []
        self._start: int | None = stream.start_time
        self._groups, self._end_s = self._index()
        self.duration_s = max(self._end_s, (container.duration or 0) / av.time_base)
        check_length(self.duration_s, task.max_duration_s)

    def _index(self) -> tuple[list[Group], float]:
        """Its groups of frames, and when the last of them ends."""
        length_s = float((self._stream.duration or 0) * self._base)
        if self._task.container == "matroska":
            length_s = max(length_s, self._read_index_of_matroska())
        groups = self._groups_of(length_s)
        starts_s = [*(group.start_s for group in groups), length_s]
        if max(end_s - start_s for start_s, end_s in pairwise(starts_s)) > _SURE_GAP_S:
            # The index may leave keyframes out: those of packets that are read enter it.
            self._seek(0)
            for _ in islice(self._packets(), _SCANNED_PACKETS):
                pass
            groups = self._groups_of(length_s)
        return groups, length_s

    def _read_index_of_matroska(self) -> float:
        """Seconds to its last frame: its length is not always written.

        Its index is read when it is needed first; where there is none, all of the file is.
        """
        if self._start is None:
            self._start = next((p.pts for p in self._packets() if p.pts is not None), 0)
        self._seek(self._start + round(2 * self._task.max_duration_s / self._base))
        packets = islice(self._packets(), _SCANNED_PACKETS)
        last = max((p.pts for p in packets if p.pts is not None), default=self._start)
        return float((last - self._start) * self._base)

    def _groups_of(self, length_s: float) -> list[Group]:
        clock = Clock(self._base, self._start or 0, self._rate)
        return groups_of(
            self._stream.index_entries,
            clock,
            length_s=length_s,
            file_bytes=self._container.size,
        )

    @property
    def _stretch(self) -> float:
        """How wide its pixels are to their height, where that can be true."""
        ratio = float(self._stream.sample_aspect_ratio or 1)
        pixels = self._stream.width * self._stream.height * ratio
        likely = _LEAST_STRETCH <= ratio <= 1 / _LEAST_STRETCH
        return ratio if likely and pixels <= self._task.max_pixels else 1.0

    @property
    def _rate(self) -> float:
        return float(self._stream.average_rate or self._stream.guessed_rate or 30)

    def shots(self) -> Iterator[Shot]:
        """Frames over its whole length, in order; damaged ones are left out."""
        pixels = self._stream.width * self._stream.height
        for visit in plan(self._groups, self._end_s, pixels, _BUDGET):
            if self._left > 0:
                for shot in self._visit(visit):
                    self._shown_s = shot.time_s
                    yield shot

    def _visit(self, visit: Visit) -> Iterator[Shot]:
        self._seek(visit.place)
        wanted = list(visit.times_s)
        if visit.keyframe or not wanted:
            wanted.insert(0, -1.0)
        last: Shot | None = None
        for shot in self._decoded(one=len(wanted) == 1 and wanted[0] < 0):
            if shot.time_s <= self._shown_s:
                continue
            last = shot
            if shot.time_s >= wanted[0]:
                yield shot
                last = None
                wanted = [time_s for time_s in wanted if time_s > shot.time_s]
                if not wanted:
                    return
        if last is not None:
            yield last

    def _decoded(self, *, one: bool) -> Iterator[Shot]:
        """Frames from where it was sought to; `one`: no more is decoded than for the first."""
        idle = 0
        for packet in self._packets():
            frames = self._frames(packet)
            if one and not frames:
                frames = self._frames(None)
                self._decoder.flush_buffers()
            for frame in frames:
                check_size(frame.width, frame.height, self._task.max_pixels)
                yield self._shot(frame)
            idle = 0 if frames else idle + 1
            if self._left <= 0 or idle > _IDLE_PACKETS:
                return

    def _shot(self, frame: Any) -> Shot:
        if not self._turns:
            # Of a small copy: a frame that was asked for its matrix stays in memory for long.
            self._turns.append(turn_of(self._convert(frame, 16, 16, "rgb24")))
        time_s = self._seconds(frame.pts)
        return Shot(time_s, frame, self._convert, self._turns[0], self._stretch)

    def _frames(self, packet: Any) -> list[Any]:
        """What a packet gives, nothing where it is damaged; None gives what was held back."""
        if packet is not None and packet.size:
            self._left -= cost(self._stream.width * self._stream.height, packet.size)
        else:
            packet = None
        try:
            return list(self._decoder.decode(packet))
        except (av.InvalidDataError, EOFError):
            return []

    def _packets(self) -> Iterator[Any]:
        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError as exc:
            if isinstance(exc, MemoryError):
                raise

    def _seek(self, place: int) -> None:
        self._container.seek(place, stream=self._stream)

    def _seconds(self, pts: int | None) -> float:
        start = self._start or 0
        return round(max(0.0, ((start if pts is None else pts) - start) * self._base), 3)
