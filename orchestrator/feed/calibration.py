"""Reads and writes calibrations, which are data and not code.

A store that was calibrated (`python -m orchestrator.calibrate`) has its own file in its folder,
for the models whose vectors it holds; other models take the shipped maps, by kind of weights.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestrator.errors import StartupError
from orchestrator.store.records import MODALITIES
from orchestrator.whole_files import write_whole
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations

FITTED_NAME = "calibration.json"
"""Name of a store's own file, in its folder."""
PRETRAINED = "pretrained"
LEGACY = "legacy"
"""What the maps of the ViT-only system's vectors go by; no fit is made of them."""
_MEANINGLESS = re.compile(r"@(untrained|tiny):")
_MAPS = ("mean", "pair")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a fit was made from.

    Counts of posts, of viewers and what they `liked` (none where neighbours stood in for it), and
    of cosines by map and sample. `fitted_at` is RFC 3339.
    """

    fingerprint: str
    fitted_at: str
    posts: int
    viewers: int
    liked: int
    cosines: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """One modality's maps, fitted to a store."""

    origin: Origin
    calibrations: ModalityCalibrations


def load_calibrations(
    shipped: Path,
    weights: Mapping[str, str],
    *,
    fitted: Path | None = None,
    fingerprints: Mapping[str, str] | None = None,
    dimensions: Mapping[str, int] | None = None,
) -> Calibrations:
    """Each modality's maps: those `fitted` for its fingerprint id, else the `shipped` ones.

    `weights` are pretrained, untrained or tiny, by modality, and of "legacy" vectors where they
    are heeded, whose maps are always the shipped ones. StartupError names the file that can't be
    used, also where a fit is not of the vectors' `dimensions`; without a `fitted` file nothing is
    fitted.
    """
    own = {} if fitted is None else read_fitted(fitted)
    found = {
        modality: own[modality].calibrations
        for modality, fingerprint in (fingerprints or {}).items()
        if modality in own and own[modality].origin.fingerprint == fingerprint
    }
    for modality, maps in found.items():
        size = (dimensions or {}).get(modality, len(maps.common))
        if fitted is not None and maps.common and len(maps.common) != size:
            raise _unusable(
                fitted, ValueError(f"{modality}.common has {len(maps.common)} numbers, not {size}")
            )
    try:
        data = json.loads(shipped.read_text())
        for modality in MODALITIES:
            found.setdefault(modality, _maps(data[modality][weights[modality]]))
        if LEGACY in weights:
            found[LEGACY] = _maps(data[LEGACY][weights[LEGACY]])
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise _unusable(shipped, exc) from exc
    return Calibrations(visual=found["visual"], text=found["text"], legacy=found.get(LEGACY))


def weights_of(fingerprint: str) -> str:
    """The kind of weights that a fingerprint's id tells of."""
    match = _MEANINGLESS.search(fingerprint)
    return match[1] if match else PRETRAINED


def read_fitted(path: Path) -> dict[str, Fitted]:
    """What was fitted, by modality; empty where there is no file. Raises StartupError."""
    try:
        data = json.loads(path.read_text())
        if not isinstance(data, dict):
            raise TypeError("it must be an object")
        return {
            modality: Fitted(Origin(**data[modality]["origin"]), _maps(data[modality]))
            for modality in MODALITIES
            if modality in data
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise _unusable(path, exc) from exc


def write_fitted(path: Path, fitted: Mapping[str, Fitted]) -> None:
    """Write what `read_fitted` reads, whole or not at all. Raises OSError."""
    data = {
        modality: {"origin": asdict(one.origin), **asdict(one.calibrations)}
        for modality, one in fitted.items()
    }
    write_whole(path, json.dumps(data, indent=1).encode())


def _maps(data: Mapping[str, Any]) -> ModalityCalibrations:
    mean, pair = (_one(data[name]) for name in _MAPS)
    return ModalityCalibrations(mean, pair, common=tuple(map(float, data.get("common", ()))))


def _one(data: Mapping[str, Any]) -> Calibration:
    cosines, values = data["cosines"], data["values"]
    if not isinstance(cosines, list) or not isinstance(values, list):
        raise TypeError("cosines and values must be lists")
    return Calibration(str(data["name"]), tuple(map(float, cosines)), tuple(map(float, values)))


def _unusable(path: Path, exc: Exception) -> StartupError:
    return StartupError(f"calibration {path} can't be used: {exc!r}")
