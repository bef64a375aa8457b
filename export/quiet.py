"""Keeps the chatter of other libraries out of the command's output; their errors stay."""

from __future__ import annotations

import logging
import os
import warnings

_ENVIRONMENT = {"TRANSFORMERS_VERBOSITY": "error", "TOKENIZERS_PARALLELISM": "false"}
_LOGGERS = ("torch.onnx", "huggingface_hub", "sentence_transformers")
# Raised inside torch.onnx.export over its own calls and over axes that we name alike on purpose.
_WARNINGS: tuple[tuple[type[Warning], str], ...] = (
    (FutureWarning, r"`isinstance\(treespec, LeafSpec\)` is deprecated"),
    (UserWarning, r"# The axis name: \w+ will not be used"),
)


def before_import() -> None:
    """What torch and transformers read when they are imported."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for category, message in _WARNINGS:
        warnings.filterwarnings("ignore", message=message, category=category)


def after_import() -> None:
    """What they reset when they are imported."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
