"""What routes take from the app and from the request."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta, timezone
from typing import Annotated, TypeVar

from fastapi import Depends, File, Form, Request, UploadFile
from pydantic import AfterValidator, AwareDatetime, StringConstraints
from starlette.formparsers import MultiPartParser

from orchestrator.content.disk_file import DiskFile
from orchestrator.content.picture import Picture
from orchestrator.content.recognise import MediumLimits, recognise, recognise_picture
from orchestrator.content.video import Medium
from orchestrator.deadline import Deadline
from orchestrator.errors import InvalidRequest, TooLarge
from orchestrator.http.forms import no_room
from orchestrator.media.errors import BadAddress
from orchestrator.media.locations import read_location
from orchestrator.services import Services
from orchestrator.settings import Settings


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _location(media_url: str) -> str:
    try:
        read_location(media_url)
    except BadAddress as exc:
        raise ValueError(exc.detail) from exc
    return media_url


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as exc:
        raise ValueError("lies outside the calendar") from exc


Id = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_printable)]
"""Any printable string of at most 256 characters."""

MediaUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2048),
    AfterValidator(_printable),
    AfterValidator(_location),
]
"""Where a medium can be fetched again: a path under the media folder, or an HTTP address."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A date and time with its offset from UTC."""


def get_services(request: Request) -> Services:
    """The services of the running app, with the models that serve now."""
    services: Services = request.app.state.services
    return services.serving_now()


ServicesDep = Annotated[Services, Depends(get_services)]


def get_deadline(services: ServicesDep) -> Deadline:
    """The deadline of all model calls of this request."""
    return Deadline.after(services.settings.deadline_s)


DeadlineDep = Annotated[Deadline, Depends(get_deadline)]


async def hold_place(services: ServicesDep) -> AsyncIterator[None]:
    """Holds one of the places for extractions until the request is answered."""
    with services.admission.place():
        yield


Admitted = Depends(hold_place)
"""For routes that extract; their uploads lie on disk, not in memory, until they are admitted."""


def get_caption(
    services: ServicesDep,
    caption: Annotated[str | None, Form(description="Blank is the same as none")] = None,
) -> str | None:
    """The caption without surrounding space; None for a blank one."""
    if caption is None:
        return None
    return check_text(caption, services.settings) or None


CaptionDep = Annotated[str | None, Depends(get_caption)]

_IN_MEMORY_BYTES = MultiPartParser.spool_max_size
"""Files that are no larger are not spooled to the disk."""

Read = TypeVar("Read", Medium, Picture)

PICTURE_FILE = File(description="JPEG, PNG, WebP, GIF, BMP or AVIF, by content")
PictureForm = Annotated[UploadFile, PICTURE_FILE]
FILE = File(
    description="A picture (JPEG, PNG, WebP, GIF, BMP or AVIF) or a video (MP4, MOV, WebM, MKV, "
    "animated GIF or animated WebP), by content"
)
FileForm = Annotated[UploadFile, FILE]


async def read_medium(file: UploadFile, settings: Settings) -> Medium:
    """An uploaded file as a picture or a video that may be decoded; a video stays on disk."""
    return await asyncio.to_thread(_recognised, recognise, file, settings)


async def read_picture(file: UploadFile, settings: Settings) -> Picture:
    """An uploaded file as a picture that may be decoded."""
    return await asyncio.to_thread(_recognised, recognise_picture, file, settings)


def _recognised(
    as_what: Callable[[DiskFile | bytes, MediumLimits], Read], file: UploadFile, settings: Settings
) -> Read:
    limits = settings.medium_limits
    try:
        if file.size is not None and file.size <= _IN_MEMORY_BYTES:
            return as_what(file.file.read(), limits)
        file.file.flush()
        return as_what(DiskFile(file.file), limits)
    except OSError as exc:
        raise no_room(exc) from exc


def check_text(text: str, settings: Settings) -> str:
    """A text that can be encoded, of acceptable length, without surrounding space."""
    stripped = text.strip()
    try:
        stripped.encode()
    except UnicodeEncodeError as exc:
        raise InvalidRequest("the text holds half a surrogate pair, which is no character") from exc
    if len(stripped) > settings.max_caption_chars:
        raise TooLarge(
            f"the text has {len(stripped):,} characters; "
            f"at most {settings.max_caption_chars:,} are accepted"
        )
    return stripped


def check_moment(name: str, moment: datetime, services: Services) -> datetime:
    """A moment that has been: not before 1970, not in the future but for the clocks' skew."""
    if moment.timestamp() < 0:
        raise InvalidRequest(f"{name} is before 1970: {moment.isoformat()}")
    latest = services.now() + timedelta(seconds=services.settings.clock_skew_s)
    if moment > latest:
        raise InvalidRequest(f"{name} lies in the future: {moment.isoformat()}")
    return moment
