"""Whether a GIF or a WebP has more than one frame, told without decoding one."""

import struct
from typing import BinaryIO

# Enough to step over a first frame of 50 MB; what needs more is taken for a still picture.
_MAX_GIF_BLOCKS = 200_000
_GIF_SIGNATURE_BYTES = 6
_MAX_WEBP_CHUNKS = 64
_WEBP_CHUNKS_START = 12
_WEBP_ANIMATION = 0x02


def gif_moves(file: BinaryIO) -> bool:
    """Whether a second frame begins in a GIF."""
    try:
        file.seek(_GIF_SIGNATURE_BYTES)
        _skip_colours(file, struct.unpack("<4xB2x", file.read(7))[0])
        return _has_two_images(file)
    except (struct.error, IndexError):
        # It ends too soon.
        return False


def _has_two_images(file: BinaryIO) -> bool:
    images = 0
    blocks = 0
    while blocks < _MAX_GIF_BLOCKS and (introducer := file.read(1)) not in (b";", b""):
        blocks += 1
        if introducer == b",":
            images += 1
            if images > 1:
                return True
            _skip_colours(file, struct.unpack("<8xB", file.read(9))[0])
            file.seek(1, 1)
        elif introducer == b"!":
            file.seek(1, 1)
        else:
            continue
        while blocks < _MAX_GIF_BLOCKS and (size := file.read(1)[0]):
            blocks += 1
            file.seek(size, 1)
    return False


def _skip_colours(file: BinaryIO, flags: int) -> None:
    """Step over the table of colours that `flags` announce, if they do."""
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, 1)


def webp_moves(file: BinaryIO) -> bool:
    """Whether a WebP is animated and has a second frame."""
    start, frames = _WEBP_CHUNKS_START, 0
    try:
        file.seek(start)
        name, flags = struct.unpack("<4s4xB", file.read(9))
        if name != b"VP8X" or not flags & _WEBP_ANIMATION:
            return False
        for _ in range(_MAX_WEBP_CHUNKS):
            file.seek(start)
            name, size = struct.unpack("<4sI", file.read(8))
            frames += name == b"ANMF"
            if frames > 1:
                return True
            start += 8 + size + size % 2
    except struct.error:
        # It ends too soon.
        pass
    return False
