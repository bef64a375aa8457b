import struct
from io import BytesIO

import pytest

from orchestrator.content.kinds import kind_of


def atom(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    """An atom of QuickTime; `size` is what it says, where that is not so."""
    return struct.pack(">I4s", len(body) + 8 if size is None else size, kind) + body


@pytest.mark.parametrize(
    ("content", "name", "container"),
    [
        (b"\xff\xd8\xff\xe0", "a picture (JPEG)", "picture"),
        (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", "picture"),
        (b"BM", "a picture (BMP)", "picture"),
        (atom(b"ftyp", b"avif"), "a picture (AVIF)", "picture"),
        (atom(b"ftyp", b"avis"), "a picture (AVIF)", "picture"),
        (atom(b"ftyp", b"mif1"), "a picture as HEIF", "picture"),
        (atom(b"ftyp", b"isom"), "a video (MP4 or QuickTime)", "mp4"),
        (atom(b"ftyp", b"qt  "), "a video (MP4 or QuickTime)", "mp4"),
        (atom(b"moov"), "a video (MP4 or QuickTime)", "mp4"),
        (atom(b"mdat", size=1), "a video (MP4 or QuickTime)", "mp4"),
        (atom(b"wide") + atom(b"mdat", size=0), "a video (MP4 or QuickTime)", "mp4"),
        (atom(b"skip", bytes(3000)) + atom(b"moov"), "a video (MP4 or QuickTime)", "mp4"),
        (b"\x1a\x45\xdf\xa3", "a video (WebM or Matroska)", "matroska"),
        (atom(b"ftyp", b"heic"), "a picture as HEIC", None),
        (atom(b"ftyp", b"hevc"), "a picture as HEIC", None),
        (b"RIFF\0\0\0\0AVI LIST", "a video (AVI)", None),
        (b"RIFF\0\0\0\0WAVEfmt ", "a sound (WAV)", None),
        (b"OggS", "a video or a sound (Ogg)", None),
        (b"FLV\x01\x05", "a video (FLV)", None),
        (b"\0\0\1\xba", "a video (MPEG)", None),
        ((b"G" + bytes(187)) * 3, "a video (MPEG-TS)", None),
        ((bytes(4) + b"G" + bytes(187)) * 3, "a video (MPEG-TS)", None),
        (b"#EXTM3U\n/etc/passwd", "a playlist (M3U or HLS)", None),
        (b"\xef\xbb\xbf \n#extm3u", "a playlist (M3U or HLS)", None),
        (b"ffconcat version 1.0\nfile /etc/passwd", "a playlist (ffconcat)", None),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1", "a description of a session (SDP)", None),
        (b"%PDF-1.7", "a document (PDF)", None),
        (b"II*\0", "a picture (TIFF)", None),
        (b"\n<!DOCTYPE html>", "a web page", None),
    ],
)
def test_the_content_tells_the_kind(content: bytes, name: str, container: str | None) -> None:
    kind = kind_of(BytesIO(content))
    assert kind is not None
    assert (kind.name, kind.container) == (name, container)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"G",
        b"just text",
        b"Our free stuff",
        b"G" + bytes(187),
        atom(b"moov", size=5),
        atom(b"wide", size=3) + atom(b"mdat"),
        atom(b"wide") * 9 + atom(b"mdat"),
    ],
)
def test_what_is_not_known_is_nothing(content: bytes) -> None:
    assert kind_of(BytesIO(content)) is None
