"""Why a medium can't be had. No detail of these is ever answered over HTTP, but that of NoPath.

    MediaError             a post's medium can't be had
    ├── NoPath                 no-path            the post names no medium
    ├── BadAddress             bad-address        neither a path nor an address that is fetched
    ├── OutsideFolder          outside-folder     the path leads out of the media folder
    ├── Missing                not-found          there is no such file
    ├── Unreadable             unreadable         the file is there, and can't be read
    ├── HostNotAllowed         host-not-allowed   the host is not on the list
    ├── PrivateAddress         private-address    the host's address is not a public one
    ├── RedirectRefused        redirect-refused   it is redirected to where nothing is fetched
    ├── Unreachable            unreachable        no connection, or it broke
    ├── BadStatus              http-status        the host answered with another status than 200
    ├── TooSlow                timeout            it did not arrive in time
    ├── Oversized              too-large          it is over the limit
    ├── Undecodable            undecodable        it is no picture and no video
    └── UnsupportedMedia       unsupported-media  it is of a kind that is not read, such as AVI

The second column is the reason that reports name.
"""

from http import HTTPStatus
from typing import ClassVar

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class MediaError(Exception):
    """A post's medium can't be had; `detail` says more than `reason`.

    `is_passing`: it is away now, and may be had in a while.
    """

    reason: ClassVar[str]
    is_passing: bool = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NoPath(MediaError):
    """The post names no medium."""

    reason = "no-path"


class BadAddress(MediaError):
    """Neither a path nor an address that is fetched."""

    reason = "bad-address"


class OutsideFolder(MediaError):
    """The path leads out of the media folder."""

    reason = "outside-folder"


class Missing(MediaError):
    """There is no such file."""

    reason = "not-found"


class Unreadable(MediaError):
    """The file is there, and can't be read."""

    reason = "unreadable"


class HostNotAllowed(MediaError):
    """The host is not on the list."""

    reason = "host-not-allowed"


class PrivateAddress(MediaError):
    """The host's address is not a public one."""

    reason = "private-address"


class RedirectRefused(MediaError):
    """It is redirected to where nothing is fetched, or too often."""

    reason = "redirect-refused"


class Unreachable(MediaError):
    """No connection to the host, or it broke."""

    reason = "unreachable"
    is_passing = True


class BadStatus(MediaError):
    """The host answered with another status than 200."""

    reason = "http-status"

    def __init__(self, detail: str, *, status: int) -> None:
        super().__init__(detail)
        self.is_passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING


class TooSlow(MediaError):
    """The medium did not arrive in time."""

    reason = "timeout"
    is_passing = True


class Oversized(MediaError):
    """The medium is over the limit."""

    reason = "too-large"


class Undecodable(MediaError):
    """The medium is no picture and no video."""

    reason = "undecodable"


class UnsupportedMedia(MediaError):
    """The medium is of a kind that is not read."""

    reason = "unsupported-media"
