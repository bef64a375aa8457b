"""Videos that are broken, lie, or would cost their decoder more than they weigh."""

import struct
from io import BytesIO
from typing import Any

import av
import numpy as np
from PIL import Image

from tests.support.videos import (
    Format,
    Pixels,
    Scene,
    landscape,
    of_frames,
    plain,
    silence,
    silence_track,
    video,
)

HOURS = 3600.0


def audio_only(container: Format = "mp4", seconds: float = 1.0) -> bytes:
    """Silence alone."""
    file = BytesIO()
    with av.open(file, "w", format={"mkv": "matroska"}.get(container, container)) as out:
        sound = silence_track(out, container)
        out.mux(silence(sound, seconds))
    return file.getvalue()


def song_with_cover(container: Format = "mp4") -> bytes:
    """Silence with a still picture attached, which players show beside it: no video."""
    file = BytesIO()
    with av.open(file, "w", format=container) as out:
        sound = silence_track(out, container)
        cover: Any = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = 0x400  # AV_DISPOSITION_ATTACHED_PIC
        frame = av.VideoFrame.from_ndarray(landscape(1, (64, 64)), format="rgb24")
        out.mux([*cover.encode(frame), *cover.encode()])
        out.mux(silence(sound, 1.0))
    return file.getvalue()


def no_stream() -> bytes:
    """An MP4 whose header names no track at all."""
    times = struct.pack(">IIIIII", 0, 0, 0, 1000, 1000, 0x10000)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = _box(b"mvhd", times + bytes(12) + matrix + bytes(24) + struct.pack(">I", 1))
    return _box(b"ftyp", b"isom" + bytes(4) + b"isomiso2") + _box(b"moov", header)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def zero_frames(container: Format = "mp4") -> bytes:
    """A video track without a single frame."""
    file = BytesIO()
    with av.open(file, "w", format={"mkv": "matroska"}.get(container, container)) as out:
        stream: Any = out.add_stream("libvpx" if container == "webm" else "libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        out.start_encoding()
    return file.getvalue()


def eight_k() -> bytes:
    """A frame of 7680 × 4320."""
    return video(Scene(plain("navy", (7680, 4320)), 0.1), options={"preset": "ultrafast"})


def twelve_hours() -> bytes:
    """Three frames, the last of them after twelve hours."""
    colours = [(landscape(1), 0.0), (landscape(2), 1.0), (landscape(3), 12 * HOURS)]
    return of_frames(colours)


def uneven(
    pictures: list[Pixels], times_s: list[float], container: Format = "mp4", **options: Any
) -> bytes:
    """Frames at these times: a variable frame rate."""
    return of_frames(zip(pictures, times_s, strict=True), container=container, **options)


def cut_short(data: bytes, share: float) -> bytes:
    """The first `share` of a file."""
    return data[: int(len(data) * share)]


def header_first(mp4: bytes) -> bytes:
    """An MP4 as it is written for streaming: its index before its frames."""
    data, index = mp4.index(b"mdat") - 4, mp4.rindex(b"moov") - 4
    header = bytearray(mp4[index:])
    at = -1
    while (at := header.find(b"stco", at + 1)) >= 0:
        (count,) = struct.unpack_from(">I", header, at + 8)
        places = struct.unpack_from(f">{count}I", header, at + 12)
        moved = [place + len(header) for place in places]
        struct.pack_into(f">{count}I", header, at + 12, *moved)
    return mp4[:data] + bytes(header) + mp4[data:index]


def claiming_size(mp4: bytes, width: int, height: int) -> bytes:
    """An MP4 of H.264 whose sample description says another size than its frames have."""
    at = mp4.index(b"avc1", mp4.index(b"stsd")) + 28
    return mp4[:at] + struct.pack(">HH", width, height) + mp4[at + 4 :]


def huge_gif_canvas(width: int = 65_000, height: int = 65_000) -> bytes:
    """An animated GIF of a few bytes that says that it has this size."""
    file = BytesIO()
    first, *others = [Image.new("P", (8, 8), colour) for colour in (0, 1)]
    first.save(file, "GIF", save_all=True, append_images=others, duration=100)
    data = file.getvalue()
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def endless_gif(frames: int = 5_000, size: tuple[int, int] = (1_920, 1_080)) -> bytes:
    """A GIF of very many large frames, each of one colour: small, and long to decode."""
    file = BytesIO()
    first, *others = [Image.fromarray(plain(colour, size)) for colour in ("red", "blue", "green")]
    first.save(file, "GIF", save_all=True, append_images=others, duration=100, disposal=0)
    data = file.getvalue()
    controls = [at for at in range(len(data)) if data.startswith(b"\x21\xf9\x04", at)]
    start, between, last = controls
    pair = data[start:last]
    assert between
    return data[:start] + pair * (frames // 2) + data[last:]


def endless_webp(frames: int = 5_000, size: tuple[int, int] = (1_920, 1_080)) -> bytes:
    """A WebP of very many large frames, each of one colour: small, and long to decode."""
    file = BytesIO()
    first, *others = [Image.fromarray(plain(colour, size)) for colour in ("red", "blue")]
    first.save(file, "WEBP", save_all=True, append_images=others, duration=100, lossless=True)
    data = file.getvalue()
    start = data.index(b"ANMF")
    frame_bytes = 8 + struct.unpack_from("<I", data, start + 4)[0]
    head, frame = data[12:start], data[start : start + frame_bytes]
    other = data[start + frame_bytes :]
    body = head + (frame + other) * (frames // 2)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WEBP") + body


def endless_mp4(frames: int = 6_000, size: tuple[int, int] = (4_096, 2_304)) -> bytes:
    """An MP4 of very many large frames, each of which says: as before. It has few keyframes."""
    scene = Scene(plain("navy", size), 1.0)
    return video(scene, fps=20, options={"preset": "ultrafast"}, looped=frames // 20)


def emptied(mp4: bytes) -> bytes:
    """An MP4 whose tables name no frame, where there were some."""
    data = bytearray(mp4)
    for table in (b"stts", b"stss", b"stsc", b"stco", b"ctts"):
        at = -1
        while (at := data.find(table, at + 1)) >= 0:
            struct.pack_into(">I", data, at + 8, 0)
    struct.pack_into(">I", data, data.index(b"stsz") + 12, 0)
    return bytes(data)


def damaged(data: bytes, start: float, end: float) -> bytes:
    """A file with noise from one share of its length to another."""
    first, last = int(len(data) * start), int(len(data) * end)
    noise = np.random.default_rng(0).integers(0, 256, last - first, dtype=np.uint8)
    return data[:first] + noise.tobytes() + data[last:]
