"""The real orchestrator as a process, on a free port."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.triton import free_ports

_START_S = 60.0
_STOP_S = 30.0


@dataclass(frozen=True)
class ServedOrchestrator:
    """An orchestrator that answers at `url`; `http` calls it."""

    url: str
    process: "subprocess.Popen[bytes]"
    http: httpx.Client

    def publish(
        self,
        media_id: str,
        *,
        file: bytes | None = None,
        caption: str | None = None,
        age_hours: float = 1.0,
        **form: str,
    ) -> httpx.Response:
        """POST /v1/media."""
        created_at = datetime.now(timezone.utc) - timedelta(hours=age_hours)
        fields = {
            "media_id": media_id,
            "author_id": "ann",
            "created_at": created_at.isoformat(),
            **({"caption": caption} if caption is not None else {}),
            **form,
        }
        files = {"file": ("upload", file)} if file is not None else {}
        return self.http.post("/v1/media", data=fields, files=files)

    def like(self, user_id: str, *media_ids: str) -> None:
        """A viewer's likes."""
        at = datetime.now(timezone.utc).isoformat()
        events = [
            {
                "event_id": f"{user_id}:{media_id}",
                "user_id": user_id,
                "media_id": media_id,
                "kind": "like",
                "at": at,
            }
            for media_id in media_ids
        ]
        self.http.post("/v1/events", json={"events": events}).raise_for_status()

    def feed(self, user_id: str, limit: int = 20) -> list[dict[str, Any]]:
        """The items of a viewer's first page."""
        answer = self.http.post("/v1/feed", json={"user_id": user_id, "limit": limit})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def search(self, text: str, **request: Any) -> list[dict[str, Any]]:
        """POST /v1/search/text."""
        answer = self.http.post("/v1/search/text", json={"text": text, **request})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items


def start(grpc_url: str, store: Path, **environment: str) -> ServedOrchestrator:
    """Start one and wait until it answers; RuntimeError carries what it printed instead.

    It listens on FEEDLENS_PORT, or on a free port.
    """
    port = environment.get("FEEDLENS_PORT") or free_ports(1)[0]
    log = store.with_name(f"{store.name}.log")
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestrator"],
            env={
                **os.environ,
                "FEEDLENS_PORT": str(port),
                "FEEDLENS_TRITON_URL": grpc_url,
                "FEEDLENS_STORE_PATH": str(store),
                **environment,
            },
            stderr=stderr,
        )
    url = f"http://127.0.0.1:{port}"
    served = ServedOrchestrator(url, process, httpx.Client(base_url=url, timeout=60.0))
    give_up_at_s = time.monotonic() + _START_S
    while time.monotonic() < give_up_at_s and process.poll() is None:
        if _listens(process.pid, int(port)) and _answers(served.http):
            return served
        time.sleep(0.05)
    stop(served)
    raise RuntimeError(log.read_text())


def _listens(process_id: int, port: int) -> bool:
    """Whether it is this process that listens there: another one would answer as well."""
    try:
        sockets = psutil.Process(process_id).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


def _answers(http: httpx.Client) -> bool:
    """Whether it lives; one that listens first and then refuses to start drops the call."""
    try:
        return http.get("/health/live").is_success
    except httpx.TransportError:
        return False


def stop(served: ServedOrchestrator) -> None:
    """End it in order."""
    served.http.close()
    served.process.terminate()
    served.process.wait(_STOP_S)


@contextmanager
def serve(grpc_url: str, store: Path, **environment: str) -> Iterator[ServedOrchestrator]:
    """One for the length of a test."""
    served = start(grpc_url, store, **environment)
    try:
        yield served
    finally:
        stop(served)
