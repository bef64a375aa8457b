"""`python -m quickstart` as its users have it: started, read, killed, started again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from quickstart.samples import load_posts, load_viewers
from tests.support.triton import free_ports

_READY_S = 120.0
_GONE_S = 30.0


class Quickstart:
    """A running `python -m quickstart`; its output goes to a file, line by line."""

    def __init__(self, repository: Path, folder: Path) -> None:
        ports = free_ports(4)
        self.url = f"http://127.0.0.1:{ports[0]}"
        self._output = folder / "output.txt"
        names = ("FEEDLENS_PORT", *(f"FEEDLENS_TRITON_{kind}_PORT" for kind in _TRITON_PORTS))
        environment = {
            **os.environ,
            **{name: str(port) for name, port in zip(names, ports, strict=True)},
            "FEEDLENS_TRITON_MODEL_REPOSITORY": str(repository),
            "FEEDLENS_TRITON_RUN_FOLDER": str(folder / "run"),
            "FEEDLENS_STORE_PATH": str(folder / "store"),
            "PYTHONUNBUFFERED": "1",
        }
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "quickstart"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_as_from_a_terminal,  # noqa: PLW1509
            )

    @property
    def output(self) -> str:
        """What it printed so far."""
        return self._output.read_text()

    def wait_for(self, text: str) -> None:
        """Until `text` is printed."""
        give_up_at_s = time.monotonic() + _READY_S
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < give_up_at_s, self.output
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        """It and every process below it."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


_TRITON_PORTS = ("HTTP", "GRPC", "METRICS")


def _as_from_a_terminal() -> None:
    """Hear signals, also where these tests run as a shell's background job, or by nohup."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def quickstart(repository: Path, folder: Path) -> Iterator[Quickstart]:
    running = Quickstart(repository, folder)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(_GONE_S)


def check_gone(processes: list[psutil.Process]) -> None:
    """No process of these is left, soon."""
    _, alive = psutil.wait_procs(processes, timeout=_GONE_S)
    assert alive == []


def rows(output: str, viewer: str) -> list[str]:
    """The media ids of a viewer's table, in order."""
    table = output.split(f"{viewer}'s feed")[1].split("└", maxsplit=1)[0]
    return re.findall(r"^│ +\d+ │ ([a-z0-9-]+)", table, re.MULTILINE)


def test_first_start_second_start_and_what_ends_it(
    exported_repository: Path, tmp_path: Path
) -> None:
    with quickstart(exported_repository, tmp_path) as first:
        first.wait_for("Serving on")
        ada, ben = (rows(first.output, viewer.user_id) for viewer in load_viewers())
        assert len(ada) == len(ben) == 10
        assert ada != ben
        topic = {post.media_id: post.topic for post in load_posts()}
        for feed, liked in ((ada, "space"), (ben, "food")):
            assert sum(topic[media_id] == liked for media_id in feed[:5]) >= 2
        assert "Weights in use: visual: tiny, text: pretrained" in first.output
        assert "Ingesting 38 sample posts" in first.output

        video = httpx.get(f"{first.url}/v1/media/espresso-steps").raise_for_status().json()
        assert video["media_type"] == "video"
        assert video["duration_s"] == pytest.approx(7.5, abs=0.2)
        assert "GRIND IT FINER\nPOUR FOR 28 SECONDS" in video["ocr_text"]
        for post in load_posts():
            answer = httpx.get(f"{first.url}/v1/media/{post.media_id}/thumbnail")
            assert answer.status_code == (404 if post.file is None else 200), answer.text

        upload = {"media_id": "mine", "author_id": "me", "caption": "A picture of my own"}
        httpx.post(f"{first.url}/v1/media", data=upload).raise_for_status()
        family = first.family()
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(_GONE_S) == 0
        check_gone(family)
        assert first.output.rstrip().endswith("Stopped.")

    with quickstart(exported_repository, tmp_path) as second:
        second.wait_for("Serving on")
        assert "Ingesting" not in second.output
        feed = httpx.post(f"{second.url}/v1/feed", json={"user_id": "ada", "limit": 50}).json()
        assert "mine" in {item["media_id"] for item in feed["items"]}
        family = second.family()
        second.process.kill()
        check_gone(family)


@pytest.mark.parametrize(
    ("victim", "named"),
    [
        ("tritonserver", "Triton ended with status 1; see"),
        ("orchestrator", "orchestrator was killed by SIGKILL; its last line"),
    ],
)
def test_a_process_that_dies_takes_everything_down(
    exported_repository: Path, tmp_path: Path, victim: str, named: str
) -> None:
    with quickstart(exported_repository, tmp_path) as running:
        running.wait_for("==> Ingesting")
        family = running.family()
        (process,) = [
            member for member in family if victim in member.name() or victim in member.cmdline()
        ][:1]
        process.kill()
        assert running.process.wait(_GONE_S) == 1
        check_gone(family)
        assert f"make run: {named}" in running.output.splitlines()[-1]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_export_that_is_broken_off_leaves_nothing(
    tmp_path: Path, end: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    repository = tmp_path / "repository"
    repository.mkdir()
    with quickstart(repository, tmp_path) as running:
        running.wait_for("importing torch")
        family = running.family()
        running.process.send_signal(end)
        running.process.wait(_GONE_S)
        check_gone(family)
    assert list(repository.iterdir()) == []


def test_a_port_that_is_taken(exported_repository: Path, tmp_path: Path) -> None:
    with quickstart(exported_repository, tmp_path) as running:
        running.wait_for("Triton is ready")
        other = tmp_path / "other"
        other.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "quickstart"],
            env={
                **os.environ,
                "FEEDLENS_PORT": running.url.rsplit(":", 1)[1],
                "FEEDLENS_TRITON_MODEL_REPOSITORY": str(exported_repository),
                "FEEDLENS_STORE_PATH": str(other),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "set FEEDLENS_PORT" in done.stderr
    assert "Traceback" not in done.stderr
