"""The few calls that the first start makes to the orchestrator's REST interface."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from quickstart.errors import QuickstartError
from quickstart.samples import SamplePost, SampleViewer

_TIMEOUT_S = 60.0


class Client:
    """Calls one orchestrator; an answer that is an error becomes a QuickstartError."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_S)

    def is_ready(self) -> bool:
        """Whether every model answers."""
        try:
            return self._http.get("/health/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def weights(self) -> dict[str, str]:
        """The weights in use, by modality."""
        weights: dict[str, str] = self._call("GET", "/health")["weights"]
        return weights

    def publish(self, post: SamplePost, now: datetime) -> None:
        """Upload a sample post."""
        form = {
            "media_id": post.media_id,
            "author_id": post.author_id,
            "created_at": _ago(now, post.age_hours),
            "likes": str(post.likes),
            "comments": str(post.comments),
            **({"caption": post.caption} if post.caption else {}),
        }
        file = {"file": (post.file.name, post.file.read_bytes())} if post.file else None
        self._call("POST", "/v1/media", data=form, files=file)

    def like(self, viewers: tuple[SampleViewer, ...], now: datetime) -> None:
        """Record what the sample viewers liked."""
        events = [
            {
                "event_id": f"sample:{viewer.user_id}:{like.media_id}",
                "user_id": viewer.user_id,
                "media_id": like.media_id,
                "kind": "like",
                "at": _ago(now, like.age_hours),
            }
            for viewer in viewers
            for like in viewer.likes
        ]
        self._call("POST", "/v1/events?on_duplicate=skip", json={"events": events})

    def feed(self, user_id: str, limit: int) -> list[dict[str, Any]]:
        """The first page of a viewer's feed, without counting it as served."""
        request = {"user_id": user_id, "limit": limit, "preview": True}
        page = self._call("POST", "/v1/feed", json=request)
        items: list[dict[str, Any]] = page["items"]
        return items

    def media(self, media_id: str) -> dict[str, Any]:
        """A stored post."""
        return self._call("GET", f"/v1/media/{media_id}")

    def _call(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **body)
        except httpx.TransportError as exc:
            raise QuickstartError(f"{method} {path}: no answer ({exc})") from exc
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise QuickstartError(f"{method} {path}: {response.status_code} {answer['detail']}")
        return answer


def _ago(now: datetime, hours: float) -> str:
    return (now - timedelta(hours=hours)).isoformat()
