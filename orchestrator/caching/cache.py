"""The seam between what is worth keeping and where it is kept."""

from collections.abc import Mapping, Sequence
from typing import Protocol

_NAMESPACE = "feedlens:1"
"""The number rises whenever what stands under a key is written in another way."""


class CacheUnavailable(Exception):
    """The cache can't be asked or written just now; callers go on without it."""


class Cache(Protocol):
    """Bytes by key, for a while. What was put may be gone at any time.

    Every call raises CacheUnavailable, soon.
    """

    @property
    def backend(self) -> str:
        """Where it keeps things: process or redis."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes see what this one keeps."""

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values under keys, in their order; None where there is none."""

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Keep a value, in place of the one there."""

    async def exchange(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes | None]:
        """Keep values, each in place of the one there, which is answered; in their order."""

    async def get_or_put(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes]:
        """The values under keys; where there is none, the one given is kept from now on."""

    async def close(self) -> None:
        """Let go of it."""


def key_of(kind: str, maker: str, subject: str) -> str:
    """The key of what `maker`, a model's fingerprint, made of `subject`, a content's hash."""
    return f"{_NAMESPACE}:{kind}:{maker}:{subject}"
