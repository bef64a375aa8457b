from __future__ import annotations

from pathlib import Path

import pytest

from export.errors import CannotWrite
from export.writer import Staging, scratch_folder
from tests.export.surroundings import largest_file


def test_files_appear_at_commit_and_not_before(tmp_path: Path) -> None:
    target = tmp_path / "model/1/model.onnx"
    with Staging(tmp_path) as staging:
        waiting = staging.add("model/1/model.onnx", b"graph")
        assert not target.exists()
        assert waiting.read_bytes() == b"graph"
        staging.commit()
    assert target.read_bytes() == b"graph"
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o644


def test_without_commit_old_files_stay_and_new_folders_go(tmp_path: Path) -> None:
    old = tmp_path / "old/1/model.onnx"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    with Staging(tmp_path) as staging:
        staging.add("old/1/model.onnx", b"new")
        staging.add("fresh/1/model.onnx", b"new")
    assert old.read_bytes() == b"old"
    assert sorted(tmp_path.rglob("*")) == [old.parent.parent, old.parent, old]


def test_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with largest_file(bytes_=1000), Staging(tmp_path / "repository") as staging:
        staging.add("model/1/small.json", b"x" * 10)
        with pytest.raises(CannotWrite, match=r"model\.onnx: File too large; make room"):
            staging.add("model/1/model.onnx", b"x" * 2000)
    assert list(tmp_path.iterdir()) == []


def test_scratch_folder_is_gone_afterwards() -> None:
    with scratch_folder() as scratch:
        (scratch / "weights").write_bytes(b"x")
    assert not scratch.exists()
