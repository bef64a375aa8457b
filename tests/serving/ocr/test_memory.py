"""An engine's process does not grow with the shapes that it has seen."""

import os
import subprocess
import sys

from tests.support.exporting import ROOT


def test_rapidocr_is_as_small_after_forty_shapes_as_after_one() -> None:
    """Without what `serving.ocr.memory` does, the ratio is 1.13."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ocr_memory", "--images", "40", "--early", "1"],
        cwd=ROOT,
        env=os.environ | {"FEEDLENS_OCR_MAX_SIDE_PX": "700"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "after 40 (" in done.stdout
