"""Which media ids a run has met, in memory that does not grow with them."""

import hashlib
from collections.abc import Iterable, Iterator

_BITS = 1 << 24
_HASHES = 4


class MetIds:
    """A Bloom filter of 2 MB (Bloom, CACM 1970): never forgets an id, and may take one for met.

    Of 50,000 ids one in fifty million unmet ones is taken for met, of a million one in five
    hundred; so who is told that an id was met looks again.
    """

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def __contains__(self, media_id: str) -> bool:
        return all(self._bits[place >> 3] >> (place & 7) & 1 for place in _places(media_id))

    def update(self, media_ids: Iterable[str]) -> None:
        """Meet these ids."""
        for media_id in media_ids:
            for place in _places(media_id):
                self._bits[place >> 3] |= 1 << (place & 7)


def _places(media_id: str) -> Iterator[int]:
    digest = hashlib.blake2b(media_id.encode(), digest_size=4 * _HASHES).digest()
    for start in range(0, len(digest), 4):
        yield int.from_bytes(digest[start : start + 4], "big") % _BITS
