from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.feed.calibration import load_calibrations
from orchestrator.settings import Settings

SHIPPED = Settings().calibration_path
WEIGHTS = {"visual": "untrained", "text": "pretrained"}


def test_the_shipped_calibrations_cover_all_weights() -> None:
    for kind in ("pretrained", "untrained", "tiny"):
        calibrations = load_calibrations(SHIPPED, {"visual": kind, "text": kind})
        assert calibrations.visual.mean.name
        assert calibrations.text.mean.name


def test_untrained_vision_tells_nothing() -> None:
    visual = load_calibrations(SHIPPED, WEIGHTS).visual
    assert visual.pair.values == (0.5, 0.5)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"visual": {"untrained": {"name": "x", "cosines": [0], "values": [0]}}}',
        '{"visual": {"untrained": {"name": "x", "cosines": 1, "values": 2}}}',
    ],
)
def test_a_file_that_is_no_calibration_stops_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(StartupError, match=r"calibration\.json can't be used"):
        load_calibrations(path, WEIGHTS)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="No such file"):
        load_calibrations(tmp_path / "none.json", WEIGHTS)
