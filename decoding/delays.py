"""How long the frames of an animation are shown, read without decoding any."""

from __future__ import annotations

from typing import BinaryIO

_UNSAID_S, _LEAST_S = 0.1, 0.02
_MOST_FRAMES = 100_000
_TABLE, _TABLE_BITS = 0x80, 0x07
_EXTENSION, _IMAGE, _CONTROL = b"\x21", b"\x2c", b"\xf9"
_HEADER_BYTES, _DESCRIPTOR_BYTES, _CONTROL_BYTES, _CHUNK_HEAD_BYTES = 13, 9, 4, 8


def frame_delays(file: BinaryIO, container: str) -> list[float]:
    """Seconds, a frame each, as browsers show them: less than 20 ms is taken for 100 ms.

    Where the file is cut off, those of the frames before. EOFError for what is no animation.
    """
    delays_s = _of_gif(file) if container == "gif" else _of_webp(file)
    return [_UNSAID_S if delay_s < _LEAST_S else delay_s for delay_s in delays_s]


def _of_gif(file: BinaryIO) -> list[float]:
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(b"GIF8"):
        raise EOFError("no GIF")
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
    return delays_s


def _skip_table(file: BinaryIO, flags: int) -> None:
    if flags & _TABLE:
        file.seek(3 << ((flags & _TABLE_BITS) + 1), 1)


def _sub_block(file: BinaryIO) -> bytes:
    length = file.read(1)
    return file.read(length[0]) if length else b""


def _of_webp(file: BinaryIO) -> list[float]:
    if (header := file.read(12))[:4] != b"RIFF" or header[8:] != b"WEBP":
        raise EOFError("no WebP")
    delays_s: list[float] = []
    while (
        len(delays_s) < _MOST_FRAMES
        and len(head := file.read(_CHUNK_HEAD_BYTES)) == _CHUNK_HEAD_BYTES
    ):
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"ANMF":
            frame = file.read(16)
            delays_s.append(int.from_bytes(frame[12:15], "little") / 1000)
            file.seek(size + size % 2 - len(frame), 1)
        else:
            file.seek(size + size % 2, 1)
    return delays_s
