import json
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.embedded.shard_folder import made_vectors, missing_vectors


async def made(path: Path, dimensions: dict[str, int]) -> Path:
    await EmbeddedCollection(path, dimensions, {}).close()
    return path


async def test_what_the_engine_made(tmp_path: Path) -> None:
    named = await made(tmp_path / "named", {"visual": 4, "text": 3})
    assert made_vectors(named) == {"visual": (4, "Cosine"), "text": (3, "Cosine")}
    assert made_vectors(await made(tmp_path / "bare", {"": 5})) == {"": (5, "Cosine")}
    assert made_vectors(await made(tmp_path / "none", {})) == {}


async def test_what_is_missing(tmp_path: Path) -> None:
    path = await made(tmp_path / "named", {"visual": 4})
    assert missing_vectors(path, {"visual": 4}) == []
    assert missing_vectors(path, {"visual": 4, "text": 3, "b": 1}) == ["b", "text"]


async def test_another_dimension_is_told_and_left(tmp_path: Path) -> None:
    path = await made(tmp_path / "named", {"visual": 4})
    with pytest.raises(
        StartupError,
        match=r"the vector 'visual' at .*named has 4 components compared by Cosine, expected are 5",
    ):
        EmbeddedCollection(path, {"visual": 5}, {})
    assert made_vectors(path) == {"visual": (4, "Cosine")}


async def test_what_was_missing_is_added(tmp_path: Path) -> None:
    path = await made(tmp_path / "named", {"visual": 4})
    await made(path, {"visual": 4, "text": 3})
    assert made_vectors(path) == {"visual": (4, "Cosine"), "text": (3, "Cosine")}


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"vectors": {"visual": 3}})])
def test_a_file_that_is_no_good(tmp_path: Path, content: str) -> None:
    (tmp_path / "edge_config.json").write_text(content)
    with pytest.raises(StartupError, match=r"edge_config\.json can't be read"):
        made_vectors(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"edge_config\.json can't be read"):
        made_vectors(tmp_path)
