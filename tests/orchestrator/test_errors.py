"""Every error of the tree has a row in the table of answers."""

import json

import pytest

from orchestrator import errors
from orchestrator.errors import FeedlensError, InferenceUnavailable
from orchestrator.http.problems import problem_of


def leaves(kind: type[FeedlensError]) -> list[type[FeedlensError]]:
    """The tree below an error; what tests derive from it for themselves is left out."""
    ours = [child for child in kind.__subclasses__() if child.__module__.startswith("orchestrator")]
    return [kind, *(leaf for child in ours for leaf in leaves(child))]


MAPPED = [kind for kind in leaves(FeedlensError) if kind is not FeedlensError]
STATUS = {
    errors.InvalidRequest: 422,
    errors.InvalidCursor: 422,
    errors.ForeignCursor: 403,
    errors.CursorExpired: 410,
    errors.TooLarge: 413,
    errors.UndecodableMedia: 422,
    errors.UnsupportedKind: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.FingerprintMismatch: 409,
    errors.Unequal: 409,
    errors.SlowClient: 408,
    errors.Unavailable: 503,
    errors.InferenceUnavailable: 503,
    errors.StoreUnavailable: 503,
    errors.LeftAlone: 503,
    errors.StartupError: 500,
}


@pytest.mark.parametrize("kind", MAPPED)
def test_every_error_has_its_answer(kind: type[FeedlensError]) -> None:
    exc = kind("why", model="ocr") if kind is InferenceUnavailable else kind("why")
    answer = problem_of(exc)
    body = json.loads(bytes(answer.body))
    assert answer.status_code == STATUS[kind] == body["status"]
    assert answer.media_type == "application/problem+json"
    assert body["type"].startswith("urn:feedlens:problem:")
    assert body["detail"] == "why"
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)


@pytest.mark.parametrize(
    ("kind", "slug"),
    [
        (errors.InvalidCursor, "invalid-cursor"),
        (errors.ForeignCursor, "foreign-cursor"),
        (errors.CursorExpired, "cursor-expired"),
    ],
)
def test_callers_tell_a_bad_cursor_by_its_type(kind: type[FeedlensError], slug: str) -> None:
    body = json.loads(bytes(problem_of(kind("why")).body))
    assert body["type"] == f"urn:feedlens:problem:{slug}"


def test_every_error_stands_in_the_drawing() -> None:
    assert errors.__doc__ is not None
    for kind in leaves(FeedlensError):
        assert kind.__name__ in errors.__doc__
