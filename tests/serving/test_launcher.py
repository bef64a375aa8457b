"""`python -m serving` as its user runs it: how it starts, how it ends, what it leaves."""

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.processes import stubs_of
from tests.support.launcher import SHARED_MEMORY, Launched
from tests.support.triton import free_ports

Launch = Callable[..., "Launched"]


@pytest.fixture
def repository(tmp_path: Path, exported_repository: Path) -> Path:
    """Two small models: one of the Python backend, one of a backend of ours."""
    folder = tmp_path / "model_repository"
    folder.mkdir()
    for name in ("model_card", "text_tokenizer"):
        (folder / name).symlink_to(exported_repository / name)
    (folder / "clip_image" / "1").mkdir(parents=True)
    card = exported_repository / "clip_image/1/fingerprint.json"
    (folder / "clip_image/1/fingerprint.json").symlink_to(card)
    return folder


@pytest.fixture
def launch(repository: Path, tmp_path: Path) -> Iterator[Launch]:
    """Starts launchers on free ports, and ends those that a test leaves."""
    launched: list[Launched] = []

    def start(ports: list[int] | None = None, **environment: str) -> Launched:
        launched.append(Launched(repository, tmp_path, ports or free_ports(3), **environment))
        return launched[-1]

    yield start
    for one in launched:
        if one.process.poll() is None:
            one.process.terminate()
        one.process.communicate(timeout=30)


def one_line(errors: str) -> str:
    """The only line of standard error."""
    (line,) = errors.splitlines()
    return line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_stop_leaves_nothing_behind(number: signal.Signals, launch: Launch) -> None:
    launched = launch()
    http_port, grpc_port, metrics_port = launched.ports
    line = launched.wait_ready()
    assert line.startswith("Triton is ready after ")
    assert line.endswith(
        f" s: HTTP 127.0.0.1:{http_port}, gRPC 127.0.0.1:{grpc_port},"
        f" metrics 127.0.0.1:{metrics_port}\n"
    )
    assert launched.regions()
    server = launched.descendant("tritonserver")
    prefix = launched.regions()[0].rpartition("_")[0]
    launched.process.send_signal(number)
    assert launched.end() == (0, "")
    assert launched.survivors(timeout_s=1) == []
    assert not server.is_running()
    assert list(SHARED_MEMORY.glob(f"{prefix}*")) == []
    assert [path.name for path in launched.run_folder.iterdir()] == ["triton.log"]


def test_the_launchers_own_death_takes_everything_down(launch: Launch) -> None:
    launched = launch()
    launched.wait_ready()
    prefix = launched.regions()[0].rpartition("_")[0]
    launched.process.kill()
    assert launched.survivors() == []
    assert list(SHARED_MEMORY.glob(f"{prefix}*")) == []


def test_tritonservers_death_ends_the_launcher_with_its_reason(launch: Launch) -> None:
    launched = launch()
    launched.wait_ready()
    prefix = launched.regions()[0].rpartition("_")[0]
    launched.descendant("tritonserver").kill()
    status, errors = launched.end(timeout_s=40)
    assert status == 1
    assert "tritonserver was killed by SIGKILL; see " in one_line(errors)
    assert launched.survivors(timeout_s=1) == []
    assert list(SHARED_MEMORY.glob(f"{prefix}*")) == []


def test_a_short_stop_of_tritonserver_blames_no_model(launch: Launch) -> None:
    launched = launch(FEEDLENS_TRITON_CANARY_EVERY_S="0.5")
    launched.wait_ready()
    time.sleep(2)  # canaries are under way
    server = launched.descendant("tritonserver")
    before = stubs_of(server.pid)
    server.suspend()
    time.sleep(9)
    server.resume()
    time.sleep(6)
    assert {stub.key for stub in stubs_of(server.pid)} == {stub.key for stub in before}
    launched.process.terminate()
    assert launched.end() == (0, "")


def test_a_tritonserver_that_stays_stopped_ends_the_launcher(launch: Launch) -> None:
    launched = launch(FEEDLENS_TRITON_CANARY_EVERY_S="0.5")
    launched.wait_ready()
    prefix = launched.regions()[0].rpartition("_")[0]
    launched.descendant("tritonserver").suspend()
    stopped_at_s = time.monotonic()
    status, errors = launched.end(timeout_s=60)
    assert time.monotonic() - stopped_at_s > 15
    assert status == 1
    assert one_line(errors) == (
        f"serving: tritonserver does not answer for 15 s; see {launched.run_folder}/triton.log"
    )
    assert launched.survivors(timeout_s=1) == []
    assert list(SHARED_MEMORY.glob(f"{prefix}*")) == []


def test_a_python_models_death_during_the_start_ends_it(repository: Path, launch: Launch) -> None:
    slow = repository / "slow"
    (slow / "1").mkdir(parents=True)
    (slow / "config.pbtxt").write_text(
        'backend: "python"\nmax_batch_size: 0\n'
        'input [ { name: "text" data_type: TYPE_STRING dims: [ 1 ] } ]\n'
        'output [ { name: "text" data_type: TYPE_STRING dims: [ 1 ] } ]\n'
        "instance_group [ { kind: KIND_CPU count: 1 } ]\n"
    )
    (slow / "1/model.py").write_text(
        "import os, signal\n"
        "class TritonPythonModel:\n"
        "    def initialize(self, args):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    launched = launch()
    status, errors = launched.end(timeout_s=60)
    assert status == 1
    # Who it was is known where it was seen alive, or where Triton has noticed first.
    assert re.search("the process of (slow|a Python model) died|slow", one_line(errors))


def test_a_taken_port_is_one_line(launch: Launch) -> None:
    ports = free_ports(3)
    with socket.create_server(("127.0.0.1", ports[1])):
        status, errors = launch(ports).end()
    assert status == 1
    assert one_line(errors) == (
        f"serving: port {ports[1]} of 127.0.0.1 is taken; choose another with --grpc-port"
        " or FEEDLENS_TRITON_GRPC_PORT"
    )


def test_two_ports_that_are_one_are_refused(launch: Launch) -> None:
    http_port, grpc_port, _ = free_ports(3)
    launched = launch([http_port, grpc_port, http_port])
    status, errors = launched.end()
    assert status == 1
    assert one_line(errors) == (
        "serving: FEEDLENS_TRITON_HTTP_PORT and FEEDLENS_TRITON_METRICS_PORT are both"
        f" {http_port}; each needs a port of its own"
    )
    assert not launched.run_folder.exists()


def test_a_missing_model_is_one_line(
    repository: Path, exported_repository: Path, launch: Launch
) -> None:
    config = exported_repository / "clip_image" / "config.pbtxt"
    (repository / "clip_image" / "config.pbtxt").symlink_to(config)
    status, errors = launch().end()
    assert status == 1
    assert one_line(errors) == (
        f"serving: model clip_image has no {repository}/clip_image/1/model.onnx;"
        f" write it with: python -m export --repository {repository}"
    )


def test_a_model_that_does_not_load_is_one_line(
    repository: Path, exported_repository: Path, launch: Launch
) -> None:
    (repository / "ocr/1").mkdir(parents=True)
    (repository / "ocr/1/model.py").symlink_to(exported_repository / "ocr/1/model.py")
    config = (exported_repository / "ocr/config.pbtxt").read_text()
    (repository / "ocr/config.pbtxt").write_text(config.replace('"rapidocr"', '"tesseract"'))
    status, errors = launch().end(timeout_s=40)
    assert status == 1
    assert one_line(errors).startswith(
        "serving: model ocr does not load: parameter 'engine' is 'tesseract'; "
    )


def test_a_variant_that_a_model_lacks_is_refused(repository: Path, launch: Launch) -> None:
    (repository / "plain").mkdir()
    (repository / "plain/config.pbtxt").write_text('backend: "python"\n')
    status, errors = launch(USE_GPU="true").end()
    assert status == 1
    assert one_line(errors) == (
        "serving: USE_GPU=true chose the variant gpu: no configs/gpu.pbtxt for: plain; serve what"
        " there is with --model-config-name cpu"
    )


def test_a_bad_setting_names_its_key(launch: Launch) -> None:
    status, errors = launch(FEEDLENS_TRITON_STOP_GRACE_S="soon").end()
    assert status == 2
    assert one_line(errors).startswith("serving: FEEDLENS_TRITON_STOP_GRACE_S: Input should be")


def test_debug_hands_on_the_whole_log(launch: Launch) -> None:
    launched = launch(DEBUG="true")
    launched.wait_ready()
    time.sleep(0.5)
    launched.process.terminate()
    status, errors = launched.end()
    assert status == 0
    assert "triton: I" in errors
    assert "successfully loaded 'model_card'" in errors
