"""Where the next page of a feed begins, signed: what the caller holds between two pages."""

import base64
import binascii
import hmac
import os
import secrets
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import CursorExpired, ForeignCursor, InvalidCursor, StartupError
from orchestrator.whole_files import sync_folder

MIN_SECRET_CHARS = 16
KEY_FILE = "cursor.key"

_KEY_BYTES = 32
_VERSION = 1
_MAX_CHARS = 1024
_TAG_BYTES = 16
_HEAD = struct.Struct(f">B{_TAG_BYTES}sIIQ")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The page of `limit` posts that begins at place `offset` (0-based) of a feed session.

    It is good before `expires_at_s` (Unix seconds).
    """

    session_id: str
    offset: int
    limit: int
    expires_at_s: int


class CursorSigner:
    """Writes and reads cursors; only who knows the secret can make one.

    The text is URL-safe base64 of: version, the viewer's tag, offset, limit, expiry, session id,
    and 16 bytes of HMAC-SHA256 over all that. The tag is an HMAC of the user id, so that an
    authentic cursor of another viewer is told from a forged one, and no user id can be read.
    """

    def __init__(self, secret: bytes) -> None:
        self._cursor_key = hmac.digest(secret, b"feedlens cursor", "sha256")
        self._viewer_key = hmac.digest(secret, b"feedlens viewer", "sha256")

    def sign(self, cursor: Cursor, *, user_id: str) -> str:
        """The text of `cursor` for that viewer; about 90 characters, safe in a URL."""
        head = _HEAD.pack(
            _VERSION,
            self._viewer_tag(user_id),
            cursor.offset,
            cursor.limit,
            cursor.expires_at_s,
        )
        body = head + cursor.session_id.encode()
        return _encode(body + self._signature(body))

    def read(self, text: str, *, user_id: str, now_s: float) -> Cursor:
        """The cursor that `sign` wrote for that viewer.

        Raises InvalidCursor for a text that `sign` never wrote with this secret, ForeignCursor for
        another viewer's, CursorExpired for one past its time.
        """
        signed = _decode(text)
        body, signature = signed[:-_TAG_BYTES], signed[-_TAG_BYTES:]
        if not hmac.compare_digest(signature, self._signature(body)) or body[0] != _VERSION:
            raise _invalid()
        _, tag, offset, limit, expires_at_s = _HEAD.unpack_from(body)
        if not hmac.compare_digest(tag, self._viewer_tag(user_id)):
            raise ForeignCursor("the cursor belongs to another viewer")
        if now_s >= expires_at_s:
            raise CursorExpired("the cursor has expired; ask for the feed again without a cursor")
        return Cursor(body[_HEAD.size :].decode(), offset, limit, expires_at_s)

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._cursor_key, body, "sha256")[:_TAG_BYTES]

    def _viewer_tag(self, user_id: str) -> bytes:
        viewer = user_id.encode(errors="surrogatepass")
        return hmac.digest(self._viewer_key, viewer, "sha256")[:_TAG_BYTES]


def load_secret(folder: Path, configured: str | None) -> bytes:
    """The configured secret, or one that is made once and kept in `folder` as `cursor.key`.

    Raises StartupError for a configured secret that is too short, and for a file that is broken,
    can't be read or can't be written.
    """
    if configured is not None:
        if len(configured) < MIN_SECRET_CHARS:
            raise StartupError(
                f"setting FEEDLENS_CURSOR_SECRET: {MIN_SECRET_CHARS} characters at least"
            )
        return configured.encode(errors="surrogateescape")
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        key = bytes.fromhex(path.read_text("ascii"))
    except OSError as exc:
        raise StartupError(f"the cursor key {path} can't be used: {exc.strerror}") from exc
    except ValueError as exc:
        raise _broken(path) from exc
    if len(key) != _KEY_BYTES:
        raise _broken(path)
    return key


def _make_key(path: Path) -> None:
    """Put a new key in place whole; where another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # of mode 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)


def _broken(path: Path) -> StartupError:
    return StartupError(
        f"the cursor key {path} is broken: {_KEY_BYTES} bytes in hexadecimal are expected; delete "
        "it for a new one (cursors given out before then end), or set FEEDLENS_CURSOR_SECRET"
    )


def _encode(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """The bytes that `_encode` made this very text of, as long as a cursor at least."""
    if len(text) > _MAX_CHARS or not text.isascii():
        raise _invalid()
    try:
        signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as exc:
        raise _invalid() from exc
    # The decoder skips characters outside its alphabet, and ignores the last one's spare bits.
    if len(signed) < _HEAD.size + _TAG_BYTES or _encode(signed) != text:
        raise _invalid()
    return signed


def _invalid() -> InvalidCursor:
    return InvalidCursor(
        "the cursor is none that this service gave out; ask for the feed without a cursor"
    )
