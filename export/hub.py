"""The Hugging Face hub: the one place that talks to it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, constants, snapshot_download

# HTTPError is the base of what the hub's HTTP library raises, whichever that is.
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    EntryNotFoundError,
    FileMetadataError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    XetDownloadError,
)
from huggingface_hub.utils.tqdm import tqdm

from export.errors import CannotWrite, first_line

TIMEOUT_S = 5.0
_SETTINGS = ["*.json", "*.txt"]
# Not every model has the first form; a whole snapshot would hold the same weights several times.
_WEIGHT_FORMS = (
    ["model*.safetensors", "[0-9]_*/model.safetensors"],
    ["pytorch_model*.bin", "[0-9]_*/pytorch_model.bin"],
)
_UNREACHABLE = (
    HTTPError,
    EntryNotFoundError,
    FileMetadataError,
    HFValidationError,
    OfflineModeIsEnabled,
    XetDownloadError,
)


class Unreachable(Exception):
    """The hub, or the model on it, can't be reached; the message is one line."""


@dataclass(frozen=True)
class Snapshot:
    """A model's files at one commit."""

    folder: Path
    commit: str


def snapshot(repo_id: str, revision: str) -> Snapshot:
    """Find what transformers needs of a model in the hub's cache, or download it.

    One short request goes ahead of the download, because the library itself retries for half a
    minute. Raises Unreachable, or CannotWrite when the cache's disk is full.
    """
    try:
        return _fetch(repo_id, revision, cached_only=True)
    except LocalEntryNotFoundError:
        pass
    try:
        commit = HfApi().model_info(repo_id, revision=revision, timeout=TIMEOUT_S).sha
        return _fetch(repo_id, str(commit), cached_only=False)
    except _UNREACHABLE as error:
        raise Unreachable(first_line(error)) from error
    except OSError as error:
        raise CannotWrite(
            f"can't download to {constants.HF_HUB_CACHE}: {first_line(error)}; "
            "make room or name another folder with HF_HUB_CACHE"
        ) from error


def _fetch(repo_id: str, revision: str, *, cached_only: bool) -> Snapshot:
    for weights in _WEIGHT_FORMS:
        folder = Path(
            snapshot_download(
                repo_id,
                revision=revision,
                allow_patterns=[*_SETTINGS, *weights],
                local_files_only=cached_only,
                tqdm_class=_StdoutBar,
            )
        )
        if any(folder.glob(weights[0])):
            return Snapshot(folder, commit=folder.name)
    raise LocalEntryNotFoundError("it holds no weights for torch")


class _StdoutBar(tqdm):
    """Progress goes where the other progress goes; stderr is for the one line of an error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "file": sys.stdout})
