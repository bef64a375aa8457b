"""Weights from a folder, complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from transformers import PreTrainedModel

ModelT = TypeVar("ModelT", bound=PreTrainedModel)


def load_checkpoint(kind: type[ModelT], folder: Path, unused: tuple[str, ...] = ()) -> ModelT:
    """Load a transformers model from `folder`.

    transformers only warns of tensors that the folder lacks and draws them at random; here that
    is a ValueError, but for those whose names begin with one of `unused`. Raises OSError when
    files are missing or unreadable.
    """
    model, report = kind.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    wrong = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    wrong = [name for name in wrong if not name.startswith(unused)]
    if wrong:
        raise ValueError(f"tensors are missing or misshapen: {wrong[0]} and {len(wrong) - 1} more")
    return model
