"""The images' own commands and health checks, run here on what the images copy.

Two things differ from a container: the tritonserver is the wheel's, and it listens on loopback.
"""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import compose
from tests.support.images import ROOT, Image
from tests.support.triton import free_ports

SERVICES = compose.services()
OURS = ("FEEDLENS_", "USE_GPU", "DEBUG")
STOP_S = 30.0


@dataclass(frozen=True)
class Container:
    """What a service runs, where, and with which environment, changed where it must be here."""

    service: str
    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def of(cls, service: str, root: Path, **changed: str) -> "Container":
        """Lays the image's files out below `root`."""
        image = Image(ROOT / SERVICES[service]["build"]["dockerfile"])
        own = {**image.environment(), **SERVICES[service]["environment"], **changed}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {key: value for key, value in own.items() if key.startswith(OURS)}
        return cls(service, image.stage(root), {**environment, "PATH": path})

    @property
    def command(self) -> list[str]:
        """What the image runs, or what the service runs in its place."""
        image = Image(ROOT / SERVICES[self.service]["build"]["dockerfile"])
        words: list[str] = SERVICES[self.service].get("command", image.command())
        return words

    def start(self) -> "subprocess.Popen[str]":
        """Its process."""
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def health(self) -> subprocess.CompletedProcess[str]:
        """What its health check answers, which must not need the admin key."""
        environment = dict(self.environment)
        environment.pop("FEEDLENS_TRITON_ADMIN_KEY", None)
        words = SERVICES[self.service]["healthcheck"]["test"]
        return subprocess.run(
            words[1:], cwd=self.folder, env=environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip


def wait_for(process: "subprocess.Popen[str]", words: str) -> None:
    """Returns when the process has printed a line with these words; fails with what it printed."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if words in line:
            return
    pytest.fail("".join(printed))


def end(process: "subprocess.Popen[str]") -> int:
    """Stops it as a container is stopped; its exit status."""
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=STOP_S)
    return process.returncode


@pytest.fixture(scope="module")
def triton(exported_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """The service `triton`, not started."""
    http_port, grpc_port, metrics_port = free_ports(3)
    return Container.of(
        "triton",
        tmp_path_factory.mktemp("triton"),
        FEEDLENS_TRITON_DISTRIBUTION="wheel",
        FEEDLENS_TRITON_ADDRESS="127.0.0.1",
        FEEDLENS_TRITON_MODEL_REPOSITORY=str(exported_repository),
        FEEDLENS_TRITON_RUN_FOLDER=str(tmp_path_factory.mktemp("run")),
        FEEDLENS_TRITON_HTTP_PORT=str(http_port),
        FEEDLENS_TRITON_GRPC_PORT=str(grpc_port),
        FEEDLENS_TRITON_METRICS_PORT=str(metrics_port),
    )


@pytest.fixture(scope="module")
def running_triton(triton: Container) -> Iterator["subprocess.Popen[str]"]:
    """The same, ready."""
    process = triton.start()
    try:
        wait_for(process, "Triton is ready")
        yield process
    finally:
        if process.poll() is None:
            end(process)


@pytest.fixture
def orchestrator(triton: Container, tmp_path: Path) -> Container:
    """The service `orchestrator`, not started."""
    (port,) = free_ports(1)
    return Container.of(
        "orchestrator",
        tmp_path,
        FEEDLENS_HOST="127.0.0.1",
        FEEDLENS_PORT=str(port),
        FEEDLENS_TRITON_URL=f"127.0.0.1:{triton.environment['FEEDLENS_TRITON_GRPC_PORT']}",
        FEEDLENS_STORE_PATH=str(tmp_path / "store"),
    )


@pytest.mark.usefixtures("running_triton")
def test_triton_is_healthy_without_the_admin_key(triton: Container) -> None:
    answer = triton.health()
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.usefixtures("running_triton")
def test_triton_unloads_nothing_without_the_admin_key(triton: Container) -> None:
    port = int(triton.environment["FEEDLENS_TRITON_HTTP_PORT"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/v2/repository/models/ocr/unload")
    assert connection.getresponse().status == http.client.FORBIDDEN
    connection.close()


def test_health_follows_what_dies(
    orchestrator: Container, triton: Container, running_triton: "subprocess.Popen[str]"
) -> None:
    process = orchestrator.start()
    try:
        wait_for(process, "serving on http://")
        answer = orchestrator.health()
        assert (answer.returncode, answer.stderr) == (0, "")

        assert end(running_triton) == 0
        away = triton.health()
        assert away.returncode == 1
        assert away.stderr.startswith("image_embedding: no answer: ConnectionRefusedError")
        unready = orchestrator.health()
        assert unready.returncode == 1
        assert '"title":"Not ready"' in unready.stderr
    finally:
        status = end(process)
    # uvicorn stops in order, and then by the signal itself.
    assert status == -signal.SIGTERM
    away = orchestrator.health()
    assert away.returncode == 1
    assert away.stderr.startswith("no answer: ConnectionRefusedError")


@pytest.mark.parametrize("service", ["triton", "orchestrator", "export"])
def test_what_runs_is_what_the_image_copies(service: str, tmp_path: Path) -> None:
    container = Container.of(service, tmp_path)
    module = container.command[-1]
    code = (
        f"import {module}.__main__, sys;"
        "print(*(found.__file__ for name, found in list(sys.modules.items())"
        " if name.split('.')[0] in ('export', 'orchestrator', 'ranking', 'serving')), sep='\\n')"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=container.folder, env=dict(container.environment), capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    files = [Path(line) for line in printed.splitlines() if line != "None"]
    assert files
    assert all(path.is_relative_to(container.folder) for path in files)
