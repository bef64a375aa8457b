"""The arrows of the house: who may import what."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = (
    "export",
    "serving",
    "decoding",
    "orchestrator",
    "ranking",
    "quickstart",
    "benchmarks",
    "evaluation",
    "scripts",
)
MODULES = [
    path.relative_to(ROOT)
    for folder in (*OURS, "model_repository")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
MAY_IMPORT = {
    "export": {"export"},
    "serving": {"serving"},
    "ranking": {"ranking"},
    "evaluation": {"evaluation", "ranking"},
    "decoding": {"decoding"},
    "orchestrator": {"decoding", "orchestrator", "ranking"},
    "model_repository": {"serving"},
}
ONLY_IN = {
    # The orchestrator's calls; the launcher's model control and its protobuf of configurations.
    "tritonclient": {
        "orchestrator/inference/triton.py",
        "serving/control.py",
        "serving/model_config.py",
    },
    "qdrant_client": {
        "orchestrator/store/served/connecting.py",
        "orchestrator/store/served/failures.py",
        "orchestrator/store/served/points.py",
        "orchestrator/store/served/server.py",
    },
    "qdrant_edge": {
        "orchestrator/store/embedded/points.py",
        "orchestrator/store/embedded/shard.py",
    },
    "sqlite3": {"orchestrator/feed/session_file.py", "orchestrator/feed/sqlite_sessions.py"},
    "redis": {"orchestrator/caching/redis_cache.py"},
    # What reads the videos of strangers, and what makes those of our own.
    "av": {"decoding/containers.py", "scripts/make_sample_videos.py"},
}
PURE = {"numpy", "collections", "dataclasses", "types", "typing", "math", "heapq"}


def imported(path: Path) -> Iterator[str]:
    """Top-level names of everything that a module imports."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def rooms(path: Path) -> Iterator[str]:
    """Folders, or modules beside them, that a module of the orchestrator imports from."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            house, _, inside = node.module.partition(".")
            if house == "orchestrator":
                yield from [inside.partition(".")[0]] if inside else (a.name for a in node.names)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_arrows_run_one_way(path: Path) -> None:
    house = path.parts[0]
    names = set(imported(path))
    if house in MAY_IMPORT:
        assert names & set(OURS) <= MAY_IMPORT[house]
    if house != "export":
        assert not names & {"torch", "transformers", "sentence_transformers"}
    if house == "ranking":
        assert names <= PURE | {"ranking"}


def test_no_folder_of_the_orchestrator_needs_one_that_needs_it() -> None:
    needs: dict[str, set[str]] = defaultdict(set)
    for path in (path for path in MODULES if path.parts[0] == "orchestrator"):
        # A command stands above all that it calls, wherever its folder is.
        if path.name != "__main__.py":
            room = path.parts[1].removesuffix(".py")
            needs[room] |= set(rooms(path)) - {room}
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the folders


@pytest.mark.parametrize("library", ONLY_IN)
def test_what_translates_a_library_alone_imports_it(library: str) -> None:
    assert {str(path) for path in MODULES if library in imported(path)} == ONLY_IN[library]


def test_the_orchestrator_asks_over_http_for_media_and_for_a_migrations_target_alone() -> None:
    asking = {str(path) for path in MODULES if "httpx" in imported(path)}
    ours = {path for path in asking if path.startswith("orchestrator/")}
    assert {path for path in ours if not path.startswith("orchestrator/media/")} == {
        "orchestrator/migration/service_target.py"
    }
