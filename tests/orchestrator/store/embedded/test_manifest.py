import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.store.embedded.manifest import Manifest, read_schema
from orchestrator.store.generations import Registry
from orchestrator.store.records import Schema
from tests.orchestrator.store.conformance import SCHEMA
from tests.support.full_disk import full_disk

FIRST = Registry.first(SCHEMA)


def schema(number: int) -> Schema:
    return Schema({"visual": f"clip@{number}", "text": "mpnet@1"}, {"visual": 4, "text": 3})


def test_what_was_written_is_read_and_given_to_the_next_change(tmp_path: Path) -> None:
    seen: list[Registry | None] = []

    def edit(changed: Registry) -> Callable[[Registry | None], Registry]:
        def made(known: Registry | None) -> Registry:
            seen.append(known)
            return changed

        return made

    later = FIRST.add(schema(2))
    assert Manifest(tmp_path).change(edit(FIRST)) == FIRST
    assert Manifest(tmp_path).change(edit(later)) == later
    assert seen == [None, FIRST]
    assert Manifest(tmp_path).read() == later
    assert read_schema(tmp_path) == SCHEMA
    Manifest(tmp_path).change(edit(later.activate(schema(2))))
    assert read_schema(tmp_path) == schema(2)


def test_changes_at_once_are_all_made(tmp_path: Path) -> None:
    Manifest(tmp_path).change(lambda _: FIRST)

    def add(number: int) -> None:
        Manifest(tmp_path).change(lambda known: (known or FIRST).add(schema(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(2, 22)))
    registry = Manifest(tmp_path).read()
    assert registry is not None
    assert {view.schema.fingerprints["visual"] for view in registry.views} == {
        f"clip@{number}" for number in range(1, 22)
    }


def test_one_that_can_not_be_written_stays(tmp_path: Path) -> None:
    Manifest(tmp_path).change(lambda _: FIRST)
    refused = pytest.raises(
        StoreUnavailable, match=r"manifest\.json can't be written: File too large"
    )
    with full_disk(), refused:
        Manifest(tmp_path).change(lambda known: (known or FIRST).add(schema(2)))
    assert Manifest(tmp_path).read() == FIRST


def test_a_manifest_of_before_there_were_generations(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": asdict(SCHEMA)}))
    assert Manifest(tmp_path).read() == FIRST
    assert read_schema(tmp_path) == SCHEMA


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"there is no store at .*/nowhere"):
        read_schema(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"schema": {}}',
        '{"schema": {"fingerprints": {"visual": "a"}}}',
        '{"generations": [], "active": 0}',
        '{"generations": 3, "active": 0}',
        "[" * 100_000,
    ],
)
def test_a_manifest_that_is_broken(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(StartupError, match=r"manifest\.json can't be read"):
        read_schema(tmp_path)
