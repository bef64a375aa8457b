import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.__main__ import main
from evaluation.replay.impressions import read_log
from evaluation.replay.sample import sample_log
from evaluation.world.world import World

TASTE = {"visual": 0.4, "text": 0.4, "engagement": 0.1, "recency": 0.05, "diversity": 0.05}
CROWD = {"visual": 0, "text": 0, "engagement": 0.5, "recency": 0.5, "diversity": 0}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    size = ["--viewers", "60", "--posts", "2000", "--requests", "20"]
    assert main(["log", str(path), "--seed", "3", *size, "--explore", "1"]) == 0
    return path


def test_every_line_can_be_read(log: Path) -> None:
    lists = list(read_log(log))
    assert len(lists) == 1200
    assert {len(each.media_ids) for each in lists} == {10}
    assert all((each.propensity == 0.1).all() for each in lists)


def test_propensities_are_those_of_the_places(world: World) -> None:
    """Half of the lists are shuffled: 0.5/10 everywhere, and 0.5 more where none was moved."""
    lines = list(sample_log(world, seed=1, requests=20, explore=0.5))
    propensities = [item["propensity"] for line in lines for item in line["items"]]
    assert set(propensities) == {0.05, 0.55}
    # An item stands in its own place in half of the lists and in a tenth of the others.
    assert np.mean(np.array(propensities) == 0.55) == pytest.approx(0.55, abs=0.05)
    assert json.dumps(lines) == json.dumps(
        list(sample_log(world, seed=1, requests=20, explore=0.5))
    )


def test_better_weights_are_found_better_and_worse_ones_worse(log: Path, tmp_path: Path) -> None:
    names = []
    for name, weights in (("taste", TASTE), ("crowd", CROWD)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(weights))
        names.append(str(path))
    taste, crowd = names
    assert main(["replay", str(log), "--candidate", taste, "--baseline", crowd]) == 0
    assert main(["replay", str(log), "--candidate", crowd, "--baseline", taste]) == 1
    assert main(["replay", str(log), "--candidate", crowd]) == 1
