"""What became of one item."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["done", "known", "gone", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`known`: it was there before; `gone`: it was deleted meanwhile.

    `reason` and `detail` are set for what failed. `point_id` names the item where it came from;
    `media_id` is None where it could not be read.
    """

    kind: Kind
    point_id: str
    media_id: str | None
    reason: str = ""
    detail: str = ""
