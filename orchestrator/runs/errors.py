"""Why a run ends early. None of these is ever answered over HTTP.

    RunStopped             nothing goes on
    ├── Stopped                it was told to stop
    ├── GaveUp                 models or stores were away for too long
    └── ReportFailed           the report can't be written

`reason_of` is what reports call the service's own errors.
"""

from orchestrator import errors


class RunStopped(Exception):
    """Nothing goes on; the same command again does."""


class Stopped(RunStopped):
    """It was told to stop."""


class GaveUp(RunStopped):
    """Models or stores were away for longer than was waited for."""


class ReportFailed(RunStopped):
    """The report can't be written, so that failures would go unnamed."""


_REASONS: tuple[tuple[type[errors.FeedlensError], str], ...] = (
    (errors.UndecodableMedia, "undecodable"),
    (errors.TooLarge, "too-large"),
    (errors.Conflict, "conflict"),
    (errors.InferenceUnavailable, "model-unavailable"),
    (errors.StoreUnavailable, "store-unavailable"),
    (errors.InvalidRequest, "refused"),
)


def reason_of(exc: errors.FeedlensError) -> str:
    """The reason to report for one of the service's errors."""
    return next((reason for kind, reason in _REASONS if isinstance(exc, kind)), "failed")
