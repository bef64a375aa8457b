"""Layouts, warm-ups and the gate of the cores, on the real server."""

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import psutil
import pytest

from serving.backends.core_gate import ENVIRONMENT_NAME
from serving.errors import ServingError
from serving.repository import read_repository
from serving.server import TritonServer
from serving.tuning import load_configs
from tests.support.asking import Array, Asker, strings
from tests.support.pictures import encoded, noise
from tests.support.triton import ServedTriton, settings_for

CORES = 3
TOKENS = {
    "input_ids": np.zeros((1, 16), np.int64),
    "attention_mask": np.ones((1, 16), np.int64),
}
PIXELS = {"image": np.zeros((1, 224, 224, 3), np.uint8)}
PICTURE = {"bytes": strings(encoded(noise(64, 64), "PNG"))}
COMPUTING: dict[str, dict[str, Array]] = {
    "clip_image": PIXELS,
    "clip_preprocess": PICTURE,
    "clip_text": TOKENS,
    "ocr": PICTURE,
    "text_encoder": TOKENS,
    "vit_legacy": PIXELS,
    "vit_preprocess": PICTURE,
}


def copy_models(source: Path, target: Path, *models: str) -> Path:
    for model in models:
        shutil.copytree(source / model, target / model)
    return target


def get(http_url: str, path: str) -> dict[str, Any]:
    with urlopen(f"http://{http_url}/v2/models/{path}") as response:
        found: dict[str, Any] = json.load(response)
        return found


def layout_of(config: dict[str, Any]) -> tuple[int, str]:
    """Instances and threads, of a configuration as Triton tells it or is told."""
    parameters = config["parameters"]
    threads = parameters.get("intra_op_thread_count") or parameters["thread_count"]
    return config["instance_group"][0]["count"], threads["string_value"]


@pytest.fixture(scope="module")
def server(
    exported_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TritonServer]:
    """An ensemble and its parts, laid out for three cores and one override."""
    folder = tmp_path_factory.mktemp("layouts")
    models = ("clip_image", "clip_preprocess", "image_embedding")
    repository = copy_models(exported_repository, folder / "repository", *models)
    changes = {"cores": CORES, "layout": "clip_preprocess=2x3"}
    settings = settings_for(repository, folder / "run").model_copy(update=changes)
    with TritonServer(settings) as server:
        server.wait_ready()
        yield server


@pytest.mark.parametrize(
    ("model", "layout"), [("clip_image", (3, "1")), ("clip_preprocess", (2, "3"))]
)
def test_a_part_of_an_ensemble_keeps_the_layout_it_was_loaded_with(
    model: str, layout: tuple[int, str], server: TritonServer
) -> None:
    """Loading the ensemble does not read its parts' files again."""
    assert layout_of(get(server.http_url, f"{model}/config")) == layout


@pytest.mark.parametrize(("model", "instances"), [("clip_image", 3), ("clip_preprocess", 2)])
def test_every_instance_was_warmed_up_once(
    model: str, instances: int, server: TritonServer
) -> None:
    """Beside the warm-ups, one canary of the model and one of the ensemble went before."""
    (statistics,) = get(server.http_url, f"{model}/stats")["model_stats"]
    canaries = 2
    assert int(statistics["inference_count"]) >= instances + canaries
    log = server.log_path.read_text()
    assert log.count(f"TRITONBACKEND_ModelInstanceInitialize: {model}_0_") == instances
    assert "warmup sample" not in log


def test_a_warm_up_that_is_wrong_stops_the_start(exported_repository: Path, tmp_path: Path) -> None:
    """Triton 2.51 refuses the model with the reason, or now and then dies of it."""
    repository = copy_models(exported_repository, tmp_path / "repository", "text_tokenizer")
    (repository / "text_tokenizer/warmup/text").write_bytes(b"\1\0\0\0\xff")
    with (
        TritonServer(settings_for(repository, tmp_path / "run")) as server,
        pytest.raises(ServingError, match=r"text_tokenizer does not load|tritonserver was killed"),
    ):
        server.wait_ready()


def test_the_session_server_is_laid_out_for_this_machine(
    triton: ServedTriton, tmp_path: Path
) -> None:
    configs = load_configs(
        read_repository(triton.repository), "cpu", settings_for(triton.repository, tmp_path)
    )
    for model in COMPUTING:
        asked = json.loads(configs[model])
        assert layout_of(get(triton.http_url, f"{model}/config")) == layout_of(asked)


@contextmanager
def no_core_free(triton: ServedTriton) -> Iterator[int]:
    """Holds every core of the server's gate; yields how many there are."""
    folder = Path(psutil.Process(triton.process_id).environ()[ENVIRONMENT_NAME])
    with ExitStack() as stack:
        cores = [stack.enter_context(path.open("rb")) for path in folder.glob("core-*")]
        for core in cores:
            fcntl.flock(core, fcntl.LOCK_EX)
        yield len(cores)


def test_every_model_that_computes_waits_for_a_free_core(triton: ServedTriton) -> None:
    """With no core free nothing is answered; `test_core_gate` shows that never more are held."""

    def ask(model: str) -> None:
        asker = Asker(triton, "grpc")
        asker.ask(model, **COMPUTING[model])
        asker.close()

    with ThreadPoolExecutor(len(COMPUTING)) as threads:
        with no_core_free(triton) as cores:
            assert cores == len(psutil.Process(triton.process_id).cpu_affinity() or [])
            asked = [threads.submit(ask, model) for model in COMPUTING]
            done, _ = wait(asked, timeout=1.0)
            assert not done
        for future in asked:
            future.result(timeout=30)


def test_what_computes_nothing_does_not_wait(triton: ServedTriton) -> None:
    asker = Asker(triton, "grpc")
    with no_core_free(triton):
        start_s = time.monotonic()
        asker.ask_one("text_tokenizer", text=b"a text")
        assert time.monotonic() - start_s < 1.0
    asker.close()


@pytest.mark.parametrize("model", [*COMPUTING, "text_tokenizer"])
def test_two_requests_at_once_do_not_wait_for_a_third(model: str, triton: ServedTriton) -> None:
    """What one instance behind a bounded queue does: half of the pairs would take over 500 ms."""
    inputs = COMPUTING.get(model, {"text": strings(b"a text")})
    askers = [Asker(triton, "grpc") for _ in range(2)]

    def timed(asker: Asker) -> float:
        start_s = time.monotonic()
        asker.ask(model, **inputs)
        return time.monotonic() - start_s

    with ThreadPoolExecutor(2) as threads:
        slower = sorted(max(threads.map(timed, askers)) for _ in range(8))
    for asker in askers:
        asker.close()
    assert slower[len(slower) // 2] < 0.45
