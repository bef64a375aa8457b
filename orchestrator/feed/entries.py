"""The same content once: candidates that are copies of each other stand as one entry."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from operator import or_

from orchestrator.feed.candidates import Candidate
from orchestrator.store.records import StoredPost
from ranking.duplicates import DuplicateParameters, Print, alike, groups


@dataclass(frozen=True, slots=True)
class Entry:
    """A post that stands for all copies of its content; `duplicates` are the others' media ids.

    `sources` are all copies' (bits of SOURCES). `is_known`: the viewer was served one before.
    """

    post: StoredPost
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
) -> list[Entry]:
    """Entries by media id, without content that was seen; content that was served is known.

    `seen` and `served` are posts with vectors, by media id, to compare with; `served_ids` are all
    that were served, candidates among them.
    """
    prints = [_print(candidate.post) for candidate in candidates]
    is_seen = alike(prints, _prints(seen), parameters).tolist()
    is_served = [
        like_served or candidate.post.media_id in served_ids
        for candidate, like_served in zip(
            candidates, alike(prints, _prints(served), parameters).tolist(), strict=True
        )
    ]
    copies = groups(prints, parameters)
    copied = {position for members in copies for position in members}
    entries = [
        Entry(candidate.post, candidate.sources, (), is_served[position])
        for position, candidate in enumerate(candidates)
        if not is_seen[position] and position not in copied
    ]
    for members in copies:
        if not any(is_seen[position] for position in members):
            known = any(is_served[position] for position in members)
            entries.append(_joined([candidates[position] for position in members], known))
    return sorted(entries, key=lambda entry: entry.post.media_id)


def _joined(copies: Sequence[Candidate], known: bool) -> Entry:
    """The copy that most people answered stands for all; among equals the oldest."""
    best, *others = sorted(
        copies,
        key=lambda copy: (
            -(copy.post.likes + copy.post.comments),
            copy.post.created_at,
            copy.post.media_id,
        ),
    )
    return Entry(
        post=best.post,
        sources=reduce(or_, (copy.sources for copy in copies)),
        duplicates=tuple(sorted(copy.post.media_id for copy in others)),
        is_known=known,
    )


def _prints(posts: Mapping[str, StoredPost]) -> list[Print]:
    return [_print(post) for post in posts.values() if post.content_hash or post.perceptual_hash]


def _print(post: StoredPost) -> Print:
    return Print(
        post.media_id,
        post.content_hash,
        int(post.perceptual_hash, 16) if post.perceptual_hash else None,
        post.ocr_text,
        post.visual,
    )
