"""An exported graph and the `fingerprint.json` beside it, held against each other at start."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from serving.errors import RepositoryError

GRAPH = "model.onnx"
FINGERPRINT = "fingerprint.json"
PRECISIONS = ("fp32", "fp16", "int8")

_BLOCK_BYTES = 4 * 1024 * 1024
# Hashing gives up the GIL: graphs of hundreds of megabytes go side by side.
_AT_ONCE = 8
_SHOWN = len("sha256:") + 12


@dataclass(frozen=True)
class Fingerprint:
    """What the launcher needs to know of an exported graph.

    Attributes:
        hash: `sha256:` and the hex digest of `model.onnx`.
        precision: fp32, fp16 or int8.
        dimension: of its vector.
        max_tokens: the longest text that it takes, special tokens included; None without one.
    """

    hash: str
    precision: str
    dimension: int
    max_tokens: int | None


def read_fingerprint(version_folder: Path) -> Fingerprint:
    """The fingerprint of a model's version.

    Raises:
        RepositoryError: it is missing, is no fingerprint, or names a precision that is unknown.
    """
    path = version_folder / FINGERPRINT
    model, mend = _model_and_command(version_folder)
    try:
        card = json.loads(path.read_bytes())
        fingerprint = Fingerprint(
            hash=str(card["hash"]),
            precision=str(card["precision"]),
            dimension=int(card["dimension"]),
            max_tokens=card.get("max_tokens"),
        )
    except FileNotFoundError as error:
        raise RepositoryError(f"model {model} has no {path}; write it with: {mend}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RepositoryError(
            f"{path} of model {model} is no fingerprint ({error!r}); write it again with: {mend}"
        ) from error
    if fingerprint.precision not in PRECISIONS:
        raise RepositoryError(
            f"{path} of model {model}: its precision '{fingerprint.precision}' is none of"
            f" {', '.join(PRECISIONS)}; write it again with: {mend}"
        )
    return fingerprint


def check_weights(version_folders: Sequence[Path]) -> None:
    """Makes sure that every graph is the one that its fingerprint is of.

    Args:
        version_folders: folders that hold `model.onnx`.

    Raises:
        RepositoryError: a fingerprint is missing, or a graph is another; the first is named.
    """
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        # Consumed for what it raises.
        list(threads.map(_check_graph, version_folders))


def _check_graph(version_folder: Path) -> None:
    expected = read_fingerprint(version_folder).hash
    found = _hash_of(version_folder / GRAPH)
    if found != expected:
        model, mend = _model_and_command(version_folder)
        raise RepositoryError(
            f"{version_folder / GRAPH} of model {model} is not the exported one:"
            f" its {found[:_SHOWN]}… is not the {expected[:_SHOWN]}… of {FINGERPRINT};"
            f" write both again with: {mend}"
        )


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise RepositoryError(f"{path} can't be read: {error}") from error
    return f"sha256:{digest.hexdigest()}"


def _model_and_command(version_folder: Path) -> tuple[str, str]:
    """The model's name, and the command that exports it."""
    folder = version_folder.parent
    return folder.name, f"python -m export --repository {folder.parent}"
