"""Everything that can go wrong and that a caller may hear of.

    FeedlensError
    ├── InvalidRequest         the request says something impossible
    │   └── InvalidCursor          the cursor is none that this service gave out
    ├── ForeignCursor          the cursor belongs to another viewer
    ├── CursorExpired          the cursor was good once
    ├── TooLarge               an upload, a picture or a text is over a limit
    ├── UndecodableMedia       the upload is no picture and no video that can be read
    │   └── UnsupportedKind        it is of a kind that is not read at all
    ├── NotFound               no post has that id, or it has no thumbnail
    ├── Conflict               it contradicts what is stored
    │   ├── FingerprintMismatch    the vectors come from another model
    │   └── Unequal                a copy is not what was copied
    ├── SlowClient             the request's body did not arrive in time
    ├── Unavailable            try again later
    │   ├── InferenceUnavailable   Triton or one of its models does not answer
    │   └── StoreUnavailable       the store can't be read or written
    │       └── LeftAlone              it did not answer a moment ago: not asked again
    └── StartupError           the service can't start, or do this, as it is configured

Foreign errors are translated where their library is imported; `orchestrator.http.problems` maps
this tree to HTTP, once.
"""

from collections.abc import Mapping
from typing import Any


class FeedlensError(Exception):
    """Base of the tree. `detail` is for the caller; `members` join the problem's JSON."""

    def __init__(self, detail: str, *, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = dict(members or {})


class InvalidRequest(FeedlensError):
    """The request says something impossible."""


class InvalidCursor(InvalidRequest):
    """The cursor is none that this service gave out."""


class ForeignCursor(FeedlensError):
    """The cursor belongs to another viewer."""


class CursorExpired(FeedlensError):
    """The cursor was good once, and is too old."""


class TooLarge(FeedlensError):
    """An upload, a picture or a text is over a limit."""


class UndecodableMedia(FeedlensError):
    """The upload is no picture and no video that can be read."""


class UnsupportedKind(UndecodableMedia):
    """The upload is of a kind that is not read at all."""


class NotFound(FeedlensError):
    """No post has that id, or it has no thumbnail."""


class Conflict(FeedlensError):
    """The request contradicts what is stored."""


class FingerprintMismatch(Conflict):
    """Vectors of different models can't be compared."""


class Unequal(Conflict):
    """A copy is not what was copied."""


class SlowClient(FeedlensError):
    """The request's body did not arrive in time."""


class Unavailable(FeedlensError):
    """Something that the answer needs is away; `retry_after_s` says when to try again."""

    retry_after_s = 2


class InferenceUnavailable(Unavailable):
    """Triton, or one of its models, does not answer. `model` names it."""

    def __init__(self, detail: str, *, model: str) -> None:
        super().__init__(detail, members={"model": model})
        self.model = model


class StoreUnavailable(Unavailable):
    """The store can't be read or written."""


class LeftAlone(StoreUnavailable):
    """It did not answer a moment ago, which the log has said, and is not asked again so soon."""


class StartupError(FeedlensError):
    """The service can't start, or do what is asked of it, as it is configured."""
