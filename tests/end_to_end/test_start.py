"""Starts that can't be, in one line; and one folder for all that a Qdrant has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import orchestrator
from tests.support.triton import ServedTriton, free_ports


@pytest.mark.parametrize("setting", ["FEEDLENS_QDRANT_URL", "FEEDLENS_LEGACY__URL"])
def test_a_qdrant_that_is_away_is_one_line_that_names_the_setting(
    setting: str, triton: ServedTriton, tmp_path: Path
) -> None:
    away, port = free_ports(2)
    settings = {
        "FEEDLENS_TRITON_URL": triton.grpc_url,
        "FEEDLENS_STORE_PATH": str(tmp_path / "store"),
        "FEEDLENS_PORT": str(port),
        "FEEDLENS_LEGACY__READ": "true",
        "FEEDLENS_QDRANT__PREFER_GRPC": "false",
        setting: f"http://127.0.0.1:{away}",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "orchestrator"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    (told,) = (line for line in ended.stderr.splitlines() if line.startswith("orchestrator: "))
    assert told.startswith(f"orchestrator: Qdrant at http://127.0.0.1:{away} failed to look: ")
    assert told.endswith(f"; {setting} names it")


def test_store_and_old_collection_share_a_local_folder(
    triton: ServedTriton, tmp_path: Path
) -> None:
    folder = f"path:{tmp_path / 'qdrant'}"
    settings = {
        "FEEDLENS_QDRANT_URL": folder,
        "FEEDLENS_LEGACY__URL": f"path:{tmp_path / 'store' / '..' / 'qdrant'}",
        "FEEDLENS_LEGACY__READ": "true",
        "FEEDLENS_LEGACY__WRITE": "true",
    }
    for name in ("m1", "m2"):
        with orchestrator.serve(triton.grpc_url, tmp_path / "store", **settings) as served:
            assert served.publish(name, caption="words").status_code == 201
    assert "Traceback" not in (tmp_path / "store.log").read_text()
