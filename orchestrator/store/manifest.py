"""Whose store a folder is: the models that its vectors come from, and the process that has it."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from orchestrator.errors import FingerprintMismatch, InvalidRequest, StartupError
from orchestrator.store.payloads import MODALITIES
from orchestrator.store.records import Schema, StoredPost, Vector

_UNIT_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Claim:
    """A folder held for this process."""

    lock: TextIO

    def release(self) -> None:
        """Let another process have it."""
        self.lock.close()


def claim(path: Path, schema: Schema) -> Claim:
    """Hold the store's folder, and write down, or check, the models of its vectors.

    Raises StartupError where another process holds it, it can't be written, or its models differ.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("w")
    except OSError as exc:
        raise StartupError(f"the store at {path} can't be written: {exc.strerror}") from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise StartupError(
            f"the store at {path} is open in another process; stop it, or name another folder "
            "with FEEDLENS_STORE_PATH"
        ) from exc
    try:
        _agree(path / "manifest.json", schema)
    except BaseException:
        lock.close()
        raise
    return Claim(lock)


def read_schema(path: Path) -> Schema:
    """What the store at `path` holds; StartupError where there is none, or none that is whole."""
    manifest = path / "manifest.json"
    try:
        schema = json.loads(manifest.read_text())["schema"]
        return Schema(
            fingerprints={name: str(schema["fingerprints"][name]) for name in MODALITIES},
            dimensions={name: int(schema["dimensions"][name]) for name in MODALITIES},
        )
    except FileNotFoundError as exc:
        raise StartupError(f"there is no store at {path}") from exc
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StartupError(f"the store's {manifest} can't be read: {exc!r}") from exc


def check_post(post: StoredPost, schema: Schema) -> None:
    """Refuse vectors that can't be compared with those of the store.

    Raises FingerprintMismatch for another model, InvalidRequest for another dimension or norm.
    """
    for modality in MODALITIES:
        vector = getattr(post, modality)
        if vector is None:
            continue
        check_fingerprint(
            modality,
            found=post.model_fingerprint[modality],
            stored=schema.fingerprints[modality],
        )
        check_vector(modality, vector, dimension=schema.dimensions[modality])


def check_vector(modality: str, vector: Vector, *, dimension: int) -> None:
    """Refuse a vector that is not of this dimension or not of unit norm, with InvalidRequest."""
    if vector.shape != (dimension,):
        raise InvalidRequest(
            f"the {modality} vector has shape {list(vector.shape)}, the store's have [{dimension}]"
        )
    if not abs(float(np.linalg.norm(vector)) - 1.0) <= _UNIT_TOLERANCE:
        raise InvalidRequest(f"the {modality} vector is not of unit norm")


def check_fingerprint(modality: str, *, found: str, stored: str) -> None:
    """Refuse to compare vectors of different models; FingerprintMismatch names both."""
    if found != stored:
        raise FingerprintMismatch(
            f"the {modality} vector comes from {found}, the store holds vectors of {stored}"
        )


def _agree(manifest: Path, schema: Schema) -> None:
    if not manifest.exists():
        draft = manifest.with_suffix(".draft")
        with draft.open("w") as file:
            json.dump({"schema": asdict(schema)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(manifest)
        return
    stored = json.loads(manifest.read_text())["schema"]
    if stored != asdict(schema):
        raise StartupError(
            f"the store at {manifest.parent} holds vectors of {_name(stored['fingerprints'])}, "
            f"Triton serves {_name(dict(schema.fingerprints))}; serve the former, or name another "
            "folder with FEEDLENS_STORE_PATH"
        )


def _name(fingerprints: dict[str, str]) -> str:
    return " and ".join(fingerprints[modality] for modality in MODALITIES)
