import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import CursorExpired, ForeignCursor, InvalidCursor, StartupError
from orchestrator.feed.cursor import Cursor, CursorSigner, load_secret

SIGNER = CursorSigner(b"sixteen bytes at least")
CURSOR = Cursor("a-session", offset=20, limit=10, expires_at_s=1_000)
TEXT = SIGNER.sign(CURSOR, user_id="u1")

ids = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
cursors = st.builds(
    Cursor,
    session_id=ids,
    offset=st.integers(0, 2**32 - 1),
    limit=st.integers(0, 2**32 - 1),
    expires_at_s=st.integers(1, 2**64 - 1),
)


def read(text: str, *, user_id: str = "u1", now_s: float = 999.9) -> Cursor:
    return SIGNER.read(text, user_id=user_id, now_s=now_s)


@given(cursor=cursors, user_id=ids)
def test_a_cursor_comes_back_as_it_was_signed(cursor: Cursor, user_id: str) -> None:
    text = SIGNER.sign(cursor, user_id=user_id)
    assert read(text, user_id=user_id, now_s=0) == cursor


def test_a_cursor_is_short_and_safe_in_a_url() -> None:
    text = SIGNER.sign(Cursor("0123456789abcdef", 1000, 100, 2_000_000_000), user_id="u" * 256)
    assert len(text) == 87
    assert text.replace("-", "").replace("_", "").isalnum()


def test_the_same_page_has_the_same_cursor() -> None:
    assert SIGNER.sign(CURSOR, user_id="u1") == TEXT


def test_the_format_stays() -> None:
    """A cursor in a caller's hands outlives an upgrade; a change needs another version."""
    assert TEXT == (
        "ASTOKanXFsXrKw1EjJRk40oAAAAUAAAACgAAAAAAAAPoYS1zZXNzaW9ubxgIg6qFOv5sF4tHmfrpew"
    )


def test_a_cursor_ends_at_its_time() -> None:
    assert read(TEXT, now_s=999.999) == CURSOR
    with pytest.raises(CursorExpired, match="ask for the feed again without a cursor"):
        read(TEXT, now_s=1_000)


@given(user_id=ids.filter(lambda user_id: user_id != "u1"))
def test_a_cursor_of_another_viewer_is_told_from_a_forged_one(user_id: str) -> None:
    with pytest.raises(ForeignCursor, match="another viewer"):
        read(TEXT, user_id=user_id)


def test_whose_it_is_comes_before_its_age() -> None:
    with pytest.raises(ForeignCursor):
        read(TEXT, user_id="u2", now_s=2_000)


@given(cursor=cursors, place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_makes_it_invalid(cursor: Cursor, place: float, bit: int) -> None:
    text = bytearray(SIGNER.sign(cursor, user_id="u1"), "ascii")
    text[int(place * len(text))] ^= 1 << bit
    with pytest.raises(InvalidCursor):
        read(text.decode("latin-1"), now_s=0)


def test_each_of_its_bits_counts() -> None:
    for place in range(len(TEXT)):
        for bit in range(8):
            text = bytearray(TEXT, "ascii")
            text[place] ^= 1 << bit
            with pytest.raises(InvalidCursor):
                read(text.decode("latin-1"))


def test_a_cut_cursor_is_invalid() -> None:
    for length in range(len(TEXT)):
        with pytest.raises(InvalidCursor):
            read(TEXT[:length])


@pytest.mark.parametrize("around", ["{} ", " {}", "{}=", "{}\n", "{}A", "{0}{0}", "\0{}", "{}é"])
def test_nothing_may_stand_around_a_cursor(around: str) -> None:
    with pytest.raises(InvalidCursor):
        read(around.format(TEXT))


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_any_text_is_answered(text: str) -> None:
    with pytest.raises(InvalidCursor, match="without a cursor"):
        read(text)


def test_huge_and_foreign_texts_are_invalid() -> None:
    for text in ["A" * 10_000_000, "\ud800", "é" * 90, TEXT * 50]:
        with pytest.raises(InvalidCursor):
            read(text)


def test_a_cursor_of_another_secret_is_invalid() -> None:
    other = CursorSigner(b"sixteen bytes at most?")
    with pytest.raises(InvalidCursor):
        other.read(TEXT, user_id="u1", now_s=0)


def test_a_user_id_that_is_no_utf_8_has_its_own_cursors() -> None:
    text = SIGNER.sign(CURSOR, user_id="\ud800")
    assert read(text, user_id="\ud800") == CURSOR
    with pytest.raises(ForeignCursor):
        read(text, user_id="?")


class TestSecret:
    """The configured secret, or the one that a file keeps."""

    def test_the_configured_one_is_used_and_nothing_is_written(self, tmp_path: Path) -> None:
        assert load_secret(tmp_path, "0123456789abcdéf") == "0123456789abcdéf".encode()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("secret", ["", "fifteen letters"])
    def test_a_short_one_stops_the_start(self, tmp_path: Path, secret: str) -> None:
        with pytest.raises(StartupError, match="FEEDLENS_CURSOR_SECRET: 16 characters"):
            load_secret(tmp_path, secret)

    def test_one_is_made_once_for_the_owner_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "new"
        first = load_secret(folder, None)
        assert len(first) == 32
        assert load_secret(folder, None) == first
        assert [path.name for path in folder.iterdir()] == ["cursor.key"]
        assert stat.S_IMODE((folder / "cursor.key").stat().st_mode) == 0o600
        assert load_secret(tmp_path / "other", None) != first

    def test_many_starts_at_once_agree(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(lambda _: load_secret(tmp_path, None), range(32)))
        assert len(found) == 1
        assert [path.name for path in tmp_path.iterdir()] == ["cursor.key"]

    @pytest.mark.parametrize("content", [b"", b"abcd\n", b"ab" * 33, b"zz" * 32, b"\xff" * 64])
    def test_a_broken_file_stops_the_start(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "cursor.key").write_bytes(content)
        with pytest.raises(StartupError, match=r"cursor\.key is broken"):
            load_secret(tmp_path, None)
        assert (tmp_path / "cursor.key").read_bytes() == content

    def test_a_folder_in_its_place_stops_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "cursor.key").mkdir()
        with pytest.raises(StartupError, match=r"cursor\.key can't be used: Is a directory"):
            load_secret(tmp_path, None)

    def test_a_folder_that_can_t_be_made_stops_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StartupError, match=r"cursor\.key can't be used"):
            load_secret(tmp_path / "file", None)
