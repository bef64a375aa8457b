"""How large an animation is, and how long its frames are shown, read without decoding any.

Its caller asks it too, whether there is a second frame: the standard library is all that it needs.
"""

from __future__ import annotations

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
    """Width and height of the canvas in pixels; seconds that the frames are shown, one each.

    The seconds are as browsers show them: less than 20 ms is taken for 100 ms. Where the file is
    cut off, they are those of the frames before.
    """

    size: Size
    delays_s: tuple[float, ...]


def outline(file: BinaryIO, container: str) -> Outline:
    """The outline of a GIF or WebP; EOFError for what is neither."""
    size, delays_s = _opened(_Reader(file), container)
    return Outline(size, tuple(islice(delays_s, _MOST_FRAMES)))


def is_animated(file: BinaryIO, container: str) -> bool:
    """Whether a GIF or WebP has a second frame; soon told, of a file that lies too."""
    file.seek(0)
    try:
        _, delays_s = _opened(_Reader(file, _GLANCED_READS), container)
    except EOFError:
        return False
    return len(tuple(islice(delays_s, 2))) > 1


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


def _opened(file: _Reader, container: str) -> tuple[Size, Iterator[float]]:
    size, delays_s = _of_gif(file) if container == "gif" else _of_webp(file)
    shown_s = (_UNSAID_S if each < _LEAST_S else each for each in _up_to_the_end(delays_s))
    return size, shown_s


def _up_to_the_end(delays_s: Iterator[float]) -> Iterator[float]:
    try:
        yield from delays_s
    except EOFError:
        return


def _of_gif(file: _Reader) -> tuple[Size, Iterator[float]]:
    header = file.read(_HEADER_BYTES)
    if not header.startswith(b"GIF8"):
        raise EOFError("no GIF")
    size = int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")
    _skip_table(file, header[10])
    return size, _delays_of_gif(file)


def _delays_of_gif(file: _Reader) -> Iterator[float]:
    delay_s = 0.0
    while (kind := file.read(1)) in (_EXTENSION, _IMAGE):
        if kind == _EXTENSION:
            label, control = file.read(1), b""
            while block := _sub_block(file):
                control = control or block
            if label == _CONTROL and len(control) == _CONTROL_BYTES:
                delay_s = int.from_bytes(control[1:3], "little") / 100
        else:
            _skip_table(file, file.read(_DESCRIPTOR_BYTES)[8])
            file.skip(1)
            while _sub_block(file):
                pass
            yield delay_s
            delay_s = 0.0


def _skip_table(file: _Reader, flags: int) -> None:
    if flags & _TABLE:
        file.skip(3 << ((flags & _TABLE_BITS) + 1))


def _sub_block(file: _Reader) -> bytes:
    return file.read(file.read(1)[0])


def _of_webp(file: _Reader) -> tuple[Size, Iterator[float]]:
    header = file.read(_RIFF_BYTES)
    if header[:4] != b"RIFF" or header[8:] != b"WEBP":
        raise EOFError("no WebP")
    name, start = _chunk(file)
    if name != b"VP8X" or not int.from_bytes(start[:1], "little") & _ANIMATION:
        return (0, 0), iter(())
    width, height = (1 + int.from_bytes(start[at : at + 3], "little") for at in (4, 7))
    return (width, height), _delays_of_webp(file)


def _delays_of_webp(file: _Reader) -> Iterator[float]:
    while True:
        name, start = _chunk(file)
        if name == b"ANMF":
            yield int.from_bytes(start[12:15], "little") / 1000


def _chunk(file: _Reader) -> tuple[bytes, bytes]:
    """The next chunk's name and how it begins; the rest is stepped over."""
    head = file.read(_CHUNK_HEAD_BYTES)
    length = int.from_bytes(head[4:], "little")
    start = file.read(min(length, _CHUNK_START_BYTES))
    file.skip(length + length % 2 - len(start))
    return head[:4], start
