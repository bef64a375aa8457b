"""Says which setting names a Qdrant that is away."""

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.errors import StoreUnavailable


@contextmanager
def named_by(setting: str) -> Iterator[None]:
    """StoreUnavailable names the setting too."""
    try:
        yield
    except StoreUnavailable as exc:
        raise StoreUnavailable(f"{exc.detail}; {setting} names it") from exc
