"""Against a small hub of our own on loopback that speaks the real one's protocol."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.export.conftest import ROOT, Export
from tests.export.surroundings import closed_port, silent_port

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = "someone/small-clip"


class Hub(ThreadingHTTPServer):
    """Serves one folder as `REPO` at `COMMIT`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.files["flax_model.msgpack"] = b"weights for another library"
        self.downloaded: list[str] = []
        self.endpoint = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        name = path.removeprefix(f"/{REPO}/resolve/{COMMIT}/")
        if path == f"/api/models/{REPO}/revision/{COMMIT}":
            self._send(json.dumps({"id": REPO, "sha": COMMIT, "siblings": []}).encode())
        elif path == f"/api/models/{REPO}/tree/{COMMIT}":
            self._send(json.dumps([_entry(*file) for file in self.server.files.items()]).encode())
        elif name in self.server.files:
            if self.command == "GET":
                self.server.downloaded.append(name)
            self._send(self.server.files[name])
        else:
            self._send(b"{}", status=404)

    def _send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _entry(name: str, content: bytes) -> dict[str, object]:
    oid = hashlib.sha256(content).hexdigest()
    return {"type": "file", "path": name, "size": len(content), "oid": oid}


@pytest.fixture
def hub(clip_folder: Path) -> Iterator[Hub]:
    with Hub(clip_folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def snapshot(endpoint: str, revision: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Call `hub.snapshot` in a process of its own: the library reads its settings at import."""
    code = (
        "from export import hub\n"
        f"try: print(hub.snapshot({REPO!r}, {revision!r}).folder)\n"
        "except hub.Unreachable as error: print('unreachable:', error)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_export_takes_the_commit_and_no_weights_of_other_libraries(
    hub: Hub, export: Export, tmp_path: Path
) -> None:
    result = export(
        "--models",
        "clip",
        "--clip",
        f"{REPO}@{COMMIT}",
        "--repository",
        tmp_path / "out",
        "--precision",
        "fp32",
        HF_ENDPOINT=hub.endpoint,
        HF_HOME=str(tmp_path / "cache"),
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert sorted(hub.downloaded) == sorted(set(hub.files) - {"flax_model.msgpack"})
    card = json.loads((tmp_path / "out/clip_image/1/fingerprint.json").read_bytes())
    assert (card["source"], card["revision"]) == (REPO, COMMIT)
    assert card["id"].startswith("small-clip@0123456:fp32:")


def test_cached_commit_needs_no_hub(hub: Hub, tmp_path: Path) -> None:
    online = snapshot(hub.endpoint, COMMIT, tmp_path).stdout.splitlines()[-1]
    offline = snapshot(f"http://127.0.0.1:{closed_port()}", COMMIT, tmp_path).stdout.strip()
    assert offline == online
    assert Path(offline).name == COMMIT


def test_weights_in_the_older_form_are_taken_where_there_are_no_others(
    hub: Hub, tmp_path: Path
) -> None:
    hub.files["pytorch_model.bin"] = hub.files.pop("model.safetensors")
    folder = Path(snapshot(hub.endpoint, COMMIT, tmp_path).stdout.splitlines()[-1])
    assert (folder / "pytorch_model.bin").read_bytes() == hub.files["pytorch_model.bin"]


def test_model_without_weights_for_torch_is_unreachable(hub: Hub, tmp_path: Path) -> None:
    del hub.files["model.safetensors"]
    result = snapshot(hub.endpoint, COMMIT, tmp_path)
    assert result.stdout.endswith("unreachable: it holds no weights for torch\n")


def test_unknown_revision_is_unreachable_and_says_so_in_one_line(hub: Hub, tmp_path: Path) -> None:
    result = snapshot(hub.endpoint, "f" * 40, tmp_path)
    assert result.stdout.startswith("unreachable: ")
    assert "404" in result.stdout
    assert result.stdout.count("\n") == 1


def test_hub_that_never_answers_is_given_up_on_within_15_s(tmp_path: Path) -> None:
    with silent_port() as port:
        started_s = time.monotonic()
        result = snapshot(f"http://127.0.0.1:{port}", COMMIT, tmp_path)
    assert result.stdout.startswith("unreachable: ")
    assert time.monotonic() - started_s < 15
