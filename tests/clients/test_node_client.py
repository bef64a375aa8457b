"""The tests that the client for Node.js brings, on the Node.js of `make` and on the oldest one."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.live_stack import live_stack
from tests.support.node import CLIENT, Node, newest, oldest
from tests.support.own_triton import own_triton
from tests.support.triton import ServedTriton

TESTS = CLIENT / "test"
LIVE = sorted(TESTS.glob("live/*.test.ts"))
FAILURES = sorted(TESTS.glob("live/failures/*.test.ts"))
UNITS = sorted(path for path in TESTS.rglob("*.test.ts") if TESTS / "live" not in path.parents)


def run(node: Node, files: list[Path], environment: dict[str, str] | None = None) -> None:
    """Runs the files with Node's own runner; what it printed is the failure's message."""
    assert (CLIENT / "src/generated").is_dir(), "first: make clients/node/dist/.built"
    node.run(
        "node", "--import", "tsx", "--test", *files,
        folder=CLIENT, environment=environment, timeout_s=280,
    )  # fmt: skip


@pytest.mark.parametrize("node", [newest, oldest], ids=["newest", "oldest"])
@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in UNITS}), ids=lambda it: str(it.relative_to(CLIENT))
)
def test_units(node: Callable[[], Node], folder: Path) -> None:
    run(node(), [path for path in UNITS if path.parent == folder])


def test_npm_test_runs_every_unit() -> None:
    script = json.loads((CLIENT / "package.json").read_text("utf-8"))["scripts"]["test"]
    echo = ["/bin/sh", "-euc", script.replace("node ", "echo ", 1)]
    printed = subprocess.run(echo, cwd=CLIENT, capture_output=True, text=True, check=True).stdout
    files = [CLIENT / word for word in printed.split() if word.endswith(".test.ts")]
    assert sorted(files) == UNITS


@pytest.fixture(scope="module")
def addresses(
    triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Of a stack that these files share."""
    with live_stack(tmp_path_factory.mktemp("live"), triton.grpc_url) as found:
        yield found


@pytest.mark.parametrize("file", LIVE, ids=lambda it: it.name.removesuffix(".test.ts"))
def test_live(addresses: dict[str, str], file: Path) -> None:
    run(newest(), [file], addresses)


@pytest.mark.parametrize("file", FAILURES, ids=lambda it: it.name.removesuffix(".test.ts"))
def test_failures(
    triton: ServedTriton, exported_repository: Path, tmp_path: Path, file: Path
) -> None:
    """Each on a stack of its own, with a Triton of its own if it kills that."""
    kills = "kill-triton" in file.read_text("utf-8")
    killed = own_triton(exported_repository, tmp_path / "triton") if kills else nullcontext()
    with killed as own, live_stack(tmp_path, triton.grpc_url, own) as addresses:
        run(newest(), [file], addresses)
