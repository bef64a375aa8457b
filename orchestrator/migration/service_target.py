"""Posts through a running orchestrator, which alone has its embedded store."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from orchestrator.errors import (
    FeedlensError,
    FingerprintMismatch,
    InferenceUnavailable,
    InvalidRequest,
    StartupError,
    StoreUnavailable,
    TooLarge,
    Unavailable,
    UndecodableMedia,
)
from orchestrator.migration.service_posts import files_of, form_of, made_post, post_of
from orchestrator.store.records import StoredPost
from orchestrator.upload import Upload

_PROBLEM = "urn:feedlens:problem:"
_REFUSED: dict[str, type[FeedlensError]] = {
    f"{_PROBLEM}undecodable-media": UndecodableMedia,
    f"{_PROBLEM}too-large": TooLarge,
    f"{_PROBLEM}invalid-request": InvalidRequest,
    f"{_PROBLEM}fingerprint-mismatch": FingerprintMismatch,
}
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_READS_AT_ONCE = 8


class ServiceTarget:
    """`Target` behind HTTP. An answer that asks to come back later is Unavailable."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """`http` is closed with this."""
        self._url = str(http.base_url)
        self._http = http
        self._reading = asyncio.Semaphore(_READS_AT_ONCE)

    @classmethod
    def at(cls, url: str, *, timeout_s: float) -> "ServiceTarget":
        """The orchestrator at `url`; `timeout_s` is for one answer. StartupError: it is no URL."""
        try:
            return cls(httpx.AsyncClient(base_url=url, timeout=timeout_s, trust_env=False))
        except httpx.InvalidURL as exc:
            raise StartupError(f"{url!r} is no address of an orchestrator: {exc}") from exc

    async def greet(self) -> None:
        """Raises StartupError where no Feedlens answers."""
        try:
            answer = await self._http.get("/health/live")
        except httpx.HTTPError as exc:
            raise StartupError(f"no orchestrator answers at {self._url}: {exc}") from exc
        if answer.status_code != HTTPStatus.OK or "Feedlens-Weights" not in answer.headers:
            raise StartupError(f"what answers at {self._url} is no orchestrator")

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """See `Target`."""
        found = await asyncio.gather(
            *(self._get(media_id, with_vectors=with_vectors) for media_id in media_ids)
        )
        return {post.media_id: post for post in found if post is not None}

    async def known(self, media_ids: Sequence[str]) -> set[str]:
        """See `Target`; an upload that was stored in part is repaired by the same again."""
        posts = await self.get(media_ids)
        return {media_id for media_id, post in posts.items() if not post.degraded}

    async def make(self, upload: Upload) -> StoredPost:
        """See `Target`; the answer has no perceptual hash."""
        with files_of(upload) as files:
            made = await self._ask(
                "POST",
                "/extract-multimodal",
                data={"caption": upload.caption or ""},
                files=files,
            )
        return made_post(upload, _whole(made))

    async def put(self, upload: Upload) -> bool:
        """See `Target`. An answer that is not whole is Unavailable: the same again repairs it."""
        with files_of(upload) as files:
            answer = await self._ask("POST", "/v1/media", data=form_of(upload), files=files)
        if answer.status_code == HTTPStatus.CONFLICT:
            return False
        _whole(answer)
        return answer.status_code == HTTPStatus.CREATED

    async def delete(self, media_id: str) -> None:
        """See `Target`."""
        await self._ask("DELETE", _path(media_id))

    async def is_well(self) -> bool:
        """See `Target`."""
        try:
            return (await self._http.get("/health/ready")).status_code == HTTPStatus.OK
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _get(self, media_id: str, *, with_vectors: bool) -> StoredPost | None:
        async with self._reading:
            answer = await self._ask(
                "GET", _path(media_id), params={"vectors": str(with_vectors).lower()}
            )
        return None if answer.status_code == HTTPStatus.NOT_FOUND else post_of(answer.json())

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """A good answer, or that there is no such post, or a conflict with another one."""
        try:
            answer = await self._http.request(method, path, **request)
        except httpx.HTTPError as exc:
            reason = str(exc) or type(exc).__name__
            raise StoreUnavailable(f"the orchestrator at {self._url}: {reason}") from exc
        if answer.is_success:
            return answer
        problem = _problem(answer)
        detail = f"the orchestrator answered {answer.status_code}: {problem.get('detail', '')}"
        if problem.get("type") in _REFUSED:
            raise _REFUSED[problem["type"]](detail)
        if answer.is_server_error or answer.status_code in _AGAIN:
            raise _unavailable(answer, detail)
        if problem.get("type") in (f"{_PROBLEM}not-found", f"{_PROBLEM}conflict"):
            return answer
        raise StartupError(detail)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unavailable(answer: httpx.Response, detail: str) -> Unavailable:
    exc = Unavailable(detail)
    asked_s = answer.headers.get("Retry-After", "")
    if asked_s.isdecimal():
        exc.retry_after_s = int(asked_s)
    return exc


def _whole(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if body["degraded"]:
        missing = ", ".join(body["degraded"])
        raise InferenceUnavailable(f"models failed to give: {missing}", model=body["degraded"][0])
    return body


def _path(media_id: str) -> str:
    return f"/v1/media/{quote(media_id, safe='')}"
