"""Weights from a folder, complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from transformers import PreTrainedModel

ModelT = TypeVar("ModelT", bound=PreTrainedModel)


def load_checkpoint(kind: type[ModelT], folder: Path) -> ModelT:
    """Load a transformers model from `folder`.

    transformers only warns of tensors that the folder lacks and draws them at random; here that
    is a ValueError. Raises OSError when files are missing or unreadable.
    """
    model, report = kind.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    missing = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
    if missing:
        raise ValueError(f"{len(missing)} tensors are missing or misshapen, first {missing[0]}")
    return model
