"""MP4 files that say that their frames lie in another file."""

import struct
from pathlib import Path

_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf")
_ABSOLUTE_PATH = 2
_END = 0xFFFF


def of(mp4: bytes, kind: str, other: Path) -> bytes:
    """A video without its own frames, whose only track refers to `other`.

    `kind` is that of the reference: `url `, or `alis`, an alias as QuickTime writes it. The index
    must stand behind the frames, so that these stay where it says.
    """
    data = mp4.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", mp4, data)
    wiped = mp4[: data + 8] + bytes(size - 8) + mp4[data + size :]
    reference = _alias(other) if kind == "alis" else other.as_uri().encode() + b"\0"
    entry = _box(kind.encode(), bytes(4) + reference)
    return _replaced(wiped, _box(b"dref", bytes(4) + struct.pack(">I", 1) + entry))


def _alias(other: Path) -> bytes:
    """The fields that FFmpeg reads: the name, how near the file is, and its path."""
    name, path = other.name.encode(), str(other).encode()
    record = bytearray(150)
    record[50 : 51 + len(name)] = bytes([len(name)]) + name
    record[130:134] = struct.pack(">HH", 1, 1)
    padded = path + bytes(len(path) % 2)
    tagged = struct.pack(">HH", _ABSOLUTE_PATH, len(path)) + padded
    return bytes(record) + tagged + struct.pack(">HH", _END, 0)


def _replaced(mp4: bytes, references: bytes) -> bytes:
    """With other data references; the boxes around them grow with them."""
    file = bytearray(mp4)
    start = file.rindex(b"dref") - 4
    (old_size,) = struct.unpack_from(">I", file, start)
    for parent in _PARENTS:
        at = file.rindex(parent, 0, start) - 4
        (size,) = struct.unpack_from(">I", file, at)
        struct.pack_into(">I", file, at, size + len(references) - old_size)
    file[start : start + old_size] = references
    return bytes(file)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
