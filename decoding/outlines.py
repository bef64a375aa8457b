"""How large an animation is, and how long its frames are shown, read without decoding any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

_UNSAID_S, _LEAST_S = 0.1, 0.02
_MOST_FRAMES = 100_000
_TABLE, _TABLE_BITS = 0x80, 0x07
_EXTENSION, _IMAGE, _CONTROL = b"\x21", b"\x2c", b"\xf9"
_HEADER_BYTES, _DESCRIPTOR_BYTES, _CONTROL_BYTES, _CHUNK_HEAD_BYTES = 13, 9, 4, 8
_CHUNK_START_BYTES = 16


@dataclass(frozen=True, slots=True)
class Outline:
    """Width and height of the canvas in pixels; seconds that the frames are shown, one each.

    The seconds are as browsers show them: less than 20 ms is taken for 100 ms. Where the file is
    cut off, they are those of the frames before.
    """

    size: tuple[int, int]
    delays_s: tuple[float, ...]


def outline(file: BinaryIO, container: str) -> Outline:
    """The outline of a GIF or WebP; EOFError for what is neither."""
    size, delays_s = _of_gif(file) if container == "gif" else _of_webp(file)
    return Outline(size, tuple(_UNSAID_S if each < _LEAST_S else each for each in delays_s))


def _of_gif(file: BinaryIO) -> tuple[tuple[int, int], list[float]]:
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(b"GIF8"):
        raise EOFError("no GIF")
    size = int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")
    _skip_table(file, header[10])
    delays_s: list[float] = []
    delay_s = 0.0
    while len(delays_s) < _MOST_FRAMES and (kind := file.read(1)):
        if kind == _EXTENSION:
            label, control = file.read(1), b""
            while block := _sub_block(file):
                control = control or block
            if label == _CONTROL and len(control) == _CONTROL_BYTES:
                delay_s = int.from_bytes(control[1:3], "little") / 100
        elif kind == _IMAGE:
            descriptor = file.read(_DESCRIPTOR_BYTES)
            if len(descriptor) < _DESCRIPTOR_BYTES:
                break
            _skip_table(file, descriptor[8])
            file.seek(1, 1)
            while _sub_block(file):
                pass
            delays_s.append(delay_s)
            delay_s = 0.0
        else:
            break
    return size, delays_s


def _skip_table(file: BinaryIO, flags: int) -> None:
    if flags & _TABLE:
        file.seek(3 << ((flags & _TABLE_BITS) + 1), 1)


def _sub_block(file: BinaryIO) -> bytes:
    length = file.read(1)
    return file.read(length[0]) if length else b""


def _of_webp(file: BinaryIO) -> tuple[tuple[int, int], list[float]]:
    if (header := file.read(12))[:4] != b"RIFF" or header[8:] != b"WEBP":
        raise EOFError("no WebP")
    size = 0, 0
    delays_s: list[float] = []
    while (
        len(delays_s) < _MOST_FRAMES
        and len(head := file.read(_CHUNK_HEAD_BYTES)) == _CHUNK_HEAD_BYTES
    ):
        length = int.from_bytes(head[4:], "little")
        start = file.read(min(length, _CHUNK_START_BYTES))
        if head[:4] == b"VP8X":
            size = (
                1 + int.from_bytes(start[4:7], "little"),
                1 + int.from_bytes(start[7:10], "little"),
            )
        elif head[:4] == b"ANMF":
            delays_s.append(int.from_bytes(start[12:15], "little") / 1000)
        file.seek(length + length % 2 - len(start), 1)
    return size, delays_s
