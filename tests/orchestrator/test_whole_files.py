"""Files that are written whole or not at all."""

import errno
import threading
from pathlib import Path

import pytest

from orchestrator.whole_files import write_whole
from tests.support.full_disk import full_disk


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_whole(path, b"first, and longer")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_where_there_is_no_room(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_whole(path, b"first")
    with full_disk(), pytest.raises(OSError, match="File too large") as failure:
        write_whole(path, b"second")
    assert failure.value.errno == errno.EFBIG
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_meets_a_whole_file_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = {bytes([number]) * 50_000 for number in range(3)}
    write_whole(path, min(contents))

    def write(content: bytes) -> None:
        for _ in range(10):
            write_whole(path, content)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    met = {path.read_bytes()}
    while any(thread.is_alive() for thread in threads):
        met.add(path.read_bytes())
    assert met <= contents
    assert list(tmp_path.iterdir()) == [path]
