"""What kind of file an upload is, by its first bytes: never by its name or its declared type."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from decoding.outlines import is_animated
from decoding.protocol import Container

VIDEO_FORMATS = ("MP4", "MOV", "WebM", "MKV", "animated GIF", "animated WebP")

_HEAD_BYTES = 1024
_TS_PACKET_BYTES = 188
_M2TS_PACKET_BYTES = 192
_ATOM_HEAD_BYTES = 8
_MAX_PADDING_ATOMS = 8
# Sizes of an atom that reaches to the file's end, or whose size stands behind its name.
_OPEN_ENDED = (0, 1)
_BLANK = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file; `container` is what it is opened as, None where it is not read at all."""

    name: str
    container: Container | None


_JPEG = Kind("a picture (JPEG)", "picture")
_PNG = Kind("a picture (PNG)", "picture")
_BMP = Kind("a picture (BMP)", "picture")
_AVIF = Kind("a picture (AVIF)", "picture")
# Of these two only the rest of the file tells whether they are animated.
_GIF = Kind("a picture (GIF)", "picture")
_WEBP = Kind("a picture (WebP)", "picture")
_ANIMATED = {_GIF: Kind("an animated GIF", "gif"), _WEBP: Kind("an animated WebP", "webp")}
_MP4 = Kind("a video (MP4 or QuickTime)", "mp4")
_MATROSKA = Kind("a video (WebM or Matroska)", "matroska")
WEB_PAGE = Kind("a web page", None)
# HEIF's own brands: Pillow tells whether it is an AVIF.
HEIF = Kind("a picture as HEIF", "picture")


def _unread(name: str) -> Kind:
    return Kind(name, None)


# Where a signature stands, what it is, and what it tells; the first that fits.
_SIGNATURES = (
    (0, b"\xff\xd8\xff", _JPEG),
    (0, b"\x89PNG\r\n\x1a\n", _PNG),
    (0, b"GIF87a", _GIF),
    (0, b"GIF89a", _GIF),
    (8, b"WEBP", _WEBP),
    (0, b"BM", _BMP),
    (4, b"ftypavi", _AVIF),
    (4, b"ftyphei", _unread("a picture as HEIC")),
    (4, b"ftyphev", _unread("a picture as HEIC")),
    (4, b"ftypmif1", HEIF),
    (4, b"ftypmsf1", HEIF),
    (4, b"ftypcrx", _unread("a raw photo (CR3)")),
    (4, b"ftyp", _MP4),
    (0, b"\x1a\x45\xdf\xa3", _MATROSKA),
    (8, b"AVI ", _unread("a video (AVI)")),
    (8, b"WAVE", _unread("a sound (WAV)")),
    (0, b"OggS", _unread("a video or a sound (Ogg)")),
    (0, b"FLV\x01", _unread("a video (FLV)")),
    (0, b"\x00\x00\x01\xba", _unread("a video (MPEG)")),
    (0, b"\x00\x00\x01\xb3", _unread("a video (MPEG)")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _unread("a video (WMV)")),
    (0, b".RMF", _unread("a video (RealMedia)")),
    (0, b"ID3", _unread("a sound (MP3)")),
    (0, b"fLaC", _unread("a sound (FLAC)")),
    (0, b"II*\x00", _unread("a picture (TIFF)")),
    (0, b"MM\x00*", _unread("a picture (TIFF)")),
    (4, b"JXL \r\n", _unread("a picture (JPEG XL)")),
    (0, b"\xff\x0a", _unread("a picture (JPEG XL)")),
    (4, b"jP  \r\n", _unread("a picture (JPEG 2000)")),
    (0, b"8BPS", _unread("a picture (Photoshop)")),
    (0, b"%PDF-", _unread("a document (PDF)")),
    (0, b"PK\x03\x04", _unread("an archive (ZIP)")),
)
# How texts begin, in lower case and without what is blank before.
_TEXTS = (
    (b"#extm3u", _unread("a playlist (M3U or HLS)")),
    (b"ffconcat", _unread("a playlist (ffconcat)")),
    (b"[playlist]", _unread("a playlist (PLS)")),
    (b"<mpd", _unread("a playlist (DASH)")),
    (b"v=0", _unread("a description of a session (SDP)")),
    (b"<svg", _unread("a drawing (SVG)")),
    (b"<!doctype html", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (b"<?xml", WEB_PAGE),
    (b"<head", WEB_PAGE),
    (b"<body", WEB_PAGE),
)
_PADDING_ATOMS = (b"wide", b"free", b"skip", b"pnot")
_MAIN_ATOMS = (b"ftyp", b"moov", b"mdat")


def kind_of(file: BinaryIO) -> Kind | None:
    """The kind of a file that stands at its start; None where it is not known."""
    head = file.read(_HEAD_BYTES)
    kind = _told_by(head)
    if kind is _GIF:
        return _ANIMATED[kind] if is_animated(file, "gif") else kind
    if kind is _WEBP:
        return _ANIMATED[kind] if is_animated(file, "webp") else kind
    if kind is None and _is_quicktime(file):
        return _MP4
    return kind


def _told_by(head: bytes) -> Kind | None:
    for start, signature, kind in _SIGNATURES:
        if head.startswith(signature, start):
            return kind
    text = head.lstrip(_BLANK).lower()
    for beginning, kind in _TEXTS:
        if text.startswith(beginning):
            return kind
    packets = head[::_TS_PACKET_BYTES][:3], head[4::_M2TS_PACKET_BYTES][:3]
    return _unread("a video (MPEG-TS)") if b"GGG" in packets else None


def _is_quicktime(file: BinaryIO) -> bool:
    """Whether it is of the time before files named their brand: atoms from the start."""
    start = 0
    for _ in range(_MAX_PADDING_ATOMS):
        file.seek(start)
        head = file.read(_ATOM_HEAD_BYTES)
        if len(head) < _ATOM_HEAD_BYTES:
            return False
        size, kind = struct.unpack(">I4s", head)
        if kind in _MAIN_ATOMS:
            return size in _OPEN_ENDED or size >= _ATOM_HEAD_BYTES
        if kind not in _PADDING_ATOMS or size < _ATOM_HEAD_BYTES:
            return False
        start += size
    return False
