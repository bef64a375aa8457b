"""Reads the calibration, which is data and not code."""

import json
from collections.abc import Mapping
from pathlib import Path

from orchestrator.errors import StartupError
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations


def load_calibrations(path: Path, weights: Mapping[str, str]) -> Calibrations:
    """Read each modality's map for the `weights` in use (pretrained, untrained or tiny).

    StartupError says what is wrong with the JSON file.
    """
    try:
        data = json.loads(path.read_text())
        visual, text = (data[modality][weights[modality]] for modality in ("visual", "text"))
        return Calibrations(visual=_one(visual), text=_one(text))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StartupError(f"calibration {path} can't be used: {exc!r}") from exc


def _one(data: dict[str, object]) -> ModalityCalibrations:
    cosines, values = data["cosines"], data["values"]
    if not isinstance(cosines, list) or not isinstance(values, list):
        raise TypeError("cosines and values must be lists")
    both = Calibration(str(data["name"]), tuple(map(float, cosines)), tuple(map(float, values)))
    return ModalityCalibrations(mean=both, pair=both)
