"""Which of a viewer's sessions served a post."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_FEW = 16


class ServedPosts(NamedTuple):
    """A session's row: when it began, what made it, its media ids as JSON, how many are served."""

    created_us: int
    variant: str
    media_ids: str
    served: int


def attribute(
    reactions: Sequence[tuple[str, int]], sessions: Iterable[ServedPosts]
) -> list[str | None]:
    """The variant that served each (media id, moment in µs) of one viewer; None where none did.

    `sessions` come latest first; it is the first of them, begun at or before the moment, that
    served the post. Raises ValueError for media ids that are no JSON.
    """
    variants: list[str | None] = [None] * len(reactions)
    # Ids are searched for as they stand in the JSON; to parse it takes longer.
    waiting = {
        index: (json.dumps(media_id), media_id, at_us)
        for index, (media_id, at_us) in enumerate(reactions)
    }
    for session in sessions:
        if not waiting:
            break
        if len(waiting) <= _FEW and not any(
            quoted in session.media_ids for quoted, _, _ in waiting.values()
        ):
            continue
        served = frozenset(json.loads(session.media_ids)[: session.served])
        for index, (_, media_id, at_us) in list(waiting.items()):
            if session.created_us <= at_us and media_id in served:
                variants[index] = session.variant
                del waiting[index]
    return variants
