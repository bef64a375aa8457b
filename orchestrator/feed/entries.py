"""The same content once: candidates that are copies of each other stand as one entry."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from operator import or_
from typing import NamedTuple

from orchestrator.feed.candidates import Candidate
from orchestrator.feed.prepared import Preparation
from orchestrator.store.records import StoredPost
from ranking.duplicates import DuplicateParameters, Print, alike, groups
from ranking.types import Post


class Entry(NamedTuple):
    """A post that stands for all copies of its content; `duplicates` are the others' media ids.

    `sources` are all copies' (bits of SOURCES). `is_known`: the viewer was served one before.
    """

    post: Post
    sources: int
    duplicates: tuple[str, ...] = ()
    is_known: bool = False


def make_entries(
    candidates: Sequence[Candidate],
    *,
    seen: Mapping[str, StoredPost],
    served: Mapping[str, StoredPost],
    served_ids: AbstractSet[str],
    parameters: DuplicateParameters,
    preparation: Preparation,
) -> list[Entry]:
    """Entries by media id, without content that was seen; content that was served is known.

    `seen` and `served` are posts with vectors, by media id, to compare with; `served_ids` are all
    that were served, candidates among them.
    """
    prepared = [preparation.of(candidate.post) for candidate in candidates]
    prints = [each.print for each in prepared]
    is_seen = alike(prints, _prints(seen, preparation), parameters).tolist()
    is_served = [
        like_served or candidate.post.media_id in served_ids
        for candidate, like_served in zip(
            candidates,
            alike(prints, _prints(served, preparation), parameters).tolist(),
            strict=True,
        )
    ]
    same = groups(prints, parameters)
    copied = {position for members in same for position in members}
    entries = [
        Entry(prepared[position].post, candidate.sources, (), is_served[position])
        for position, candidate in enumerate(candidates)
        if not is_seen[position] and position not in copied
    ]
    for members in same:
        if not any(is_seen[position] for position in members):
            known = any(is_served[position] for position in members)
            entries.append(
                _joined(
                    [prepared[position].post for position in members],
                    [candidates[position].sources for position in members],
                    known,
                )
            )
    return sorted(entries, key=lambda entry: entry.post.media_id)


def _joined(copies: Sequence[Post], sources: Sequence[int], known: bool) -> Entry:
    """The copy that most people answered stands for all; among equals the oldest."""
    best, *others = sorted(
        copies,
        key=lambda post: (-(post.likes + post.comments), post.created_at_s, post.media_id),
    )
    return Entry(
        post=best,
        sources=reduce(or_, sources),
        duplicates=tuple(sorted(post.media_id for post in others)),
        is_known=known,
    )


def _prints(posts: Mapping[str, StoredPost], preparation: Preparation) -> list[Print]:
    return [
        preparation.of(post).print
        for post in posts.values()
        if post.content_hash or post.perceptual_hash
    ]
