from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from export.errors import ParityFailed
from export.parity import Tolerance
from export.pipeline import Request, run

UNREACHABLE = Tolerance(min_cosine=1.5, max_abs_difference=0.0)


def test_failed_parity_leaves_every_file_as_it_was(
    repository: Path, clip_folder: Path, tmp_path: Path
) -> None:
    kept = Path(shutil.copytree(repository, tmp_path / "repository"))
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    request = Request(
        families=["clip"],
        kind="pretrained",
        named={"clip": str(clip_folder)},
        repository=kept,
        seed=0,
        tolerance=UNREACHABLE,
    )
    with pytest.raises(ParityFailed, match="clip_image"):
        run(request)
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
