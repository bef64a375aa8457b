"""An experiment: variants with shares, and which of them a viewer has."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from types import MappingProxyType
from typing import Literal

Ranker = Literal["multimodal", "legacy"]

_WORD_BYTES = 8


@dataclass(frozen=True, slots=True)
class Variant:
    """A ranker, and the weights that replace those of the named signals there.

    Shares are of their sum, whatever that is.
    """

    name: str
    share: float
    ranker: Ranker = "multimodal"
    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Experiment:
    """Variants in the order of their shares; `control` names the one that others are held to.

    Sessions begun before `since` are no part of it.
    """

    name: str
    variants: tuple[Variant, ...]
    control: str
    salt: str
    since: datetime | None = None

    def variant_of(self, user_id: str) -> Variant:
        """The variant that a viewer has, by a hash of salt and id alone.

        The hash is a place on a line that the variants' shares part in their order. Other shares
        move its borders, and with them the viewers between the old and the new ones, no others.
        Another salt draws everyone anew.
        """
        digest = hashlib.sha256(f"{self.salt}:{user_id}".encode("utf-8", "surrogatepass")).digest()
        *borders, total = accumulate(variant.share for variant in self.variants)
        place = int.from_bytes(digest[:_WORD_BYTES], "big") / 2 ** (8 * _WORD_BYTES) * total
        return self.variants[bisect_right(borders, place)]
