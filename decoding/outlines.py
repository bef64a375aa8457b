"""How large an animation is, and how long its frames are shown, read without decoding any.

Its caller asks it too, whether there is a second frame: the standard library is all that it needs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

_UNSAID_S, _LEAST_S = 0.1, 0.02
_MOST_FRAMES = 100_000
_GLANCED_READS = 400_000
"""Enough to step over a first frame of 50 MB; what needs more is taken for a still picture."""
_TABLE, _TABLE_BITS = 0x80, 0x07
_EXTENSION, _IMAGE, _CONTROL = b"\x21", b"\x2c", b"\xf9"
_HEADER_BYTES, _DESCRIPTOR_BYTES, _CONTROL_BYTES = 13, 9, 4
_RIFF_BYTES, _CHUNK_HEAD_BYTES, _CHUNK_START_BYTES = 12, 8, 16
_ANIMATION = 0x02

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """Width and height in pixels; seconds that the frames are shown, one each.

    The size is that of the canvas, or of what reaches beyond it: that is decoded too. The seconds
    are as browsers show them: less than 20 ms is taken for 100 ms. Where the file is cut off, they
    are those of the frames before.
    """

    size: Size
    delays_s: tuple[float, ...]


def outline(file: BinaryIO, container: str) -> Outline:
    """The outline of a GIF or WebP; EOFError for what is neither."""
    (width, height), parts = _opened(_Reader(file), container)
    delays_s = []
    for part in islice(parts, _MOST_FRAMES):
        width, height = max(width, part.right), max(height, part.bottom)
        delays_s.append(part.delay_s)
    return Outline((width, height), tuple(delays_s))


def is_animated(file: BinaryIO, container: str) -> bool:
    """Whether a GIF or WebP has a second frame; soon told, of a file that lies too."""
    file.seek(0)
    try:
        _, parts = _opened(_Reader(file, _GLANCED_READS), container)
    except EOFError:
        return False
    return len(tuple(islice(parts, 2))) > 1


@dataclass(frozen=True, slots=True)
class _Part:
    """A frame: for how long it is shown, and how far on the canvas it reaches."""

    delay_s: float
    right: int = 0
    bottom: int = 0


class _Reader:
    """A file of which all that is asked for is there, and not for ever: else EOFError."""

    def __init__(self, file: BinaryIO, most_reads: int | None = None) -> None:
        self._file = file
        self._left = most_reads

    def read(self, size: int) -> bytes:
        if self._left is not None:
            self._left -= 1
        data = self._file.read(size)
        if len(data) < size or self._left == 0:
            raise EOFError("it ends too soon")
        return data

    def skip(self, size: int) -> None:
        self._file.seek(size, 1)


def _opened(file: _Reader, container: str) -> tuple[Size, Iterator[_Part]]:
    size, parts = _of_gif(file) if container == "gif" else _of_webp(file)
    return size, _up_to_the_end(parts)


def _up_to_the_end(parts: Iterator[_Part]) -> Iterator[_Part]:
    try:
        yield from parts
    except EOFError:
        return


def _of_gif(file: _Reader) -> tuple[Size, Iterator[_Part]]:
    header = file.read(_HEADER_BYTES)
    if not header.startswith(b"GIF8"):
        raise EOFError("no GIF")
    size = int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")
    _skip_table(file, header[10])
    return size, _parts_of_gif(file)


def _parts_of_gif(file: _Reader) -> Iterator[_Part]:
    delay_s = 0.0
    while (kind := file.read(1)) in (_EXTENSION, _IMAGE):
        if kind == _EXTENSION:
            label, control = file.read(1), b""
            while block := _sub_block(file):
                control = control or block
            if label == _CONTROL and len(control) == _CONTROL_BYTES:
                delay_s = int.from_bytes(control[1:3], "little") / 100
        else:
            descriptor = file.read(_DESCRIPTOR_BYTES)
            left, top, width, height = struct.unpack_from("<4H", descriptor)
            _skip_table(file, descriptor[8])
            file.skip(1)
            while _sub_block(file):
                pass
            yield _Part(_shown_s(delay_s), left + width, top + height)
            delay_s = 0.0


def _shown_s(delay_s: float) -> float:
    return _UNSAID_S if delay_s < _LEAST_S else delay_s


def _skip_table(file: _Reader, flags: int) -> None:
    if flags & _TABLE:
        file.skip(3 << ((flags & _TABLE_BITS) + 1))


def _sub_block(file: _Reader) -> bytes:
    return file.read(file.read(1)[0])


def _of_webp(file: _Reader) -> tuple[Size, Iterator[_Part]]:
    header = file.read(_RIFF_BYTES)
    if header[:4] != b"RIFF" or header[8:] != b"WEBP":
        raise EOFError("no WebP")
    name, start = _chunk(file)
    if name != b"VP8X" or not int.from_bytes(start[:1], "little") & _ANIMATION:
        return (0, 0), iter(())
    width, height = (1 + int.from_bytes(start[at : at + 3], "little") for at in (4, 7))
    return (width, height), _parts_of_webp(file)


def _parts_of_webp(file: _Reader) -> Iterator[_Part]:
    """Its decoder refuses frames that reach beyond the canvas."""
    while True:
        name, start = _chunk(file)
        if name == b"ANMF":
            yield _Part(_shown_s(int.from_bytes(start[12:15], "little") / 1000))


def _chunk(file: _Reader) -> tuple[bytes, bytes]:
    """The next chunk's name and how it begins; the rest is stepped over."""
    head = file.read(_CHUNK_HEAD_BYTES)
    length = int.from_bytes(head[4:], "little")
    start = file.read(min(length, _CHUNK_START_BYTES))
    file.skip(length + length % 2 - len(start))
    return head[:4], start
