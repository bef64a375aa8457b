from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.store.manifest import claim, read_schema
from tests.orchestrator.store.conformance import SCHEMA


def test_a_schema_is_read_as_it_was_claimed(tmp_path: Path) -> None:
    claim(tmp_path, SCHEMA).release()
    assert read_schema(tmp_path) == SCHEMA


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"there is no store at .*/nowhere"):
        read_schema(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": {}}', '{"schema": {"fingerprints": {"visual": "a"}}}']
)
def test_a_manifest_that_is_broken(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(StartupError, match=r"manifest\.json can't be read"):
        read_schema(tmp_path)
