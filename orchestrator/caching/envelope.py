"""A checksum before what is kept: what another wrote under a key, or half of it, is no answer."""

import struct
import zlib

_CHECKSUM = struct.Struct("<I")


def seal(content: bytes) -> bytes:
    """The CRC-32 of `content`, little-endian in four bytes, and `content`."""
    return _CHECKSUM.pack(zlib.crc32(content)) + content


def unseal(value: bytes) -> bytes:
    """What was sealed. Raises ValueError where it was not, or not all of it is there."""
    content = value[_CHECKSUM.size :]
    if len(value) < _CHECKSUM.size or _CHECKSUM.unpack_from(value)[0] != zlib.crc32(content):
        raise ValueError("the checksum is another one")
    return content
