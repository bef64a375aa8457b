"""An upload as what it is by its content: a picture, or a video, which stays on disk."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from decoding.protocol import Container
from orchestrator.content.disk_file import DiskFile
from orchestrator.content.kinds import HEIF, VIDEO_FORMATS, WEB_PAGE, Kind, kind_of
from orchestrator.content.picture import FORMATS, Picture, inspect
from orchestrator.content.video import Medium, Video
from orchestrator.errors import InvalidRequest, TooLarge, UndecodableMedia, UnsupportedKind

_PICTURES = ", ".join(FORMATS)
_VIDEOS = ", ".join(VIDEO_FORMATS)


@dataclass(frozen=True, slots=True)
class MediumLimits:
    """How large an upload may be; `max_pixels` of a picture: videos are measured when decoded."""

    max_pixels: int
    max_picture_bytes: int
    max_video_bytes: int


def recognise(upload: DiskFile | bytes, limits: MediumLimits) -> Medium:
    """The medium of a file, or of what is in memory already, of which a video is put on disk.

    Of a file, only a picture of acceptable size is read into memory. Raises InvalidRequest for no
    bytes, UndecodableMedia for what is no picture that can be read, UnsupportedKind for other
    kinds of files, TooLarge for what is over a limit, OSError where the disk is full.
    """
    size = _size(upload)
    with _opened(upload) as content:
        kind, container = _read_kind(content, with_videos=True)
        if container == "picture":
            return _picture(content, size, kind, limits)
    if size > limits.max_video_bytes:
        raise _too_large(kind, size, limits.max_video_bytes)
    file = DiskFile.of(upload) if isinstance(upload, bytes) else upload
    return Video(file, f"sha256:{file.sha256()}", container)


def recognise_picture(upload: DiskFile | bytes, limits: MediumLimits) -> Picture:
    """A picture, of an animation the first frame; raises as `recognise`, and for a video."""
    with _opened(upload) as content:
        kind, container = _read_kind(content, with_videos=False)
        if container in ("mp4", "matroska"):
            raise UndecodableMedia(
                f"the file is {kind.name}, and a picture is needed here: send one of its frames"
            )
        return _picture(content, _size(upload), kind, limits)


def _size(upload: DiskFile | bytes) -> int:
    return len(upload) if isinstance(upload, bytes) else upload.size


def _opened(upload: DiskFile | bytes) -> BinaryIO:
    return io.BytesIO(upload) if isinstance(upload, bytes) else upload.open()


def _read_kind(file: BinaryIO, *, with_videos: bool) -> tuple[Kind, Container]:
    """The kind of a file that is read, and what it is opened as."""
    kind = kind_of(file)
    if kind is not None and kind.container is not None:
        return kind, kind.container
    file.seek(0)
    if not file.read(1):
        raise InvalidRequest("the uploaded file is empty")
    if kind is None:
        videos = f", nor a video of one ({_VIDEOS})" if with_videos else ""
        raise UndecodableMedia(f"the file is not a picture of a known kind ({_PICTURES}){videos}")
    if kind is WEB_PAGE:
        raise UndecodableMedia("the file is a web page, neither a picture nor a video")
    videos = f", videos as {_VIDEOS}" if with_videos else ""
    raise UnsupportedKind(f"{_not_read(kind)}; pictures are read as {_PICTURES}{videos}")


def _picture(file: BinaryIO, size: int, kind: Kind, limits: MediumLimits) -> Picture:
    if size > limits.max_picture_bytes:
        raise _too_large(kind, size, limits.max_picture_bytes)
    file.seek(0)
    try:
        return inspect(file.read(), max_pixels=limits.max_pixels)
    except UndecodableMedia as exc:
        if kind is HEIF:
            raise UnsupportedKind(f"{_not_read(kind)}; AVIF is") from exc
        raise


def _not_read(kind: Kind) -> str:
    return f"the file is {kind.name}, which is not read"


def _too_large(kind: Kind, size: int, most: int) -> TooLarge:
    return TooLarge(f"the file is {kind.name} of {size:,} bytes; at most {most:,} are accepted")
