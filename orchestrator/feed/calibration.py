"""Reads the calibration, which is data and not code."""

import json
from pathlib import Path

from orchestrator.errors import StartupError
from ranking.calibration import Calibration, Calibrations


def load_calibrations(path: Path) -> Calibrations:
    """Read both modalities' maps from a JSON file; StartupError says what is wrong with it."""
    try:
        data = json.loads(path.read_text())
        return Calibrations(visual=_one(data["visual"]), text=_one(data["text"]))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StartupError(f"calibration {path} can't be used: {exc!r}") from exc


def _one(data: dict[str, object]) -> Calibration:
    cosines, values = data["cosines"], data["values"]
    if not isinstance(cosines, list) or not isinstance(values, list):
        raise TypeError("cosines and values must be lists")
    return Calibration(str(data["name"]), tuple(map(float, cosines)), tuple(map(float, values)))
