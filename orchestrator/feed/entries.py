"""The same content once: candidates that are copies of each other stand as one entry."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from orchestrator.feed.candidates import Candidate
from orchestrator.store.records import StoredPost
from ranking.duplicates import DuplicateParameters, Print, alike, groups


@dataclass(frozen=True, slots=True)
class Entry:
    """A post that stands for all copies of its content; `duplicates` are the others' media ids."""

    post: StoredPost
    sources: frozenset[str]
    duplicates: tuple[str, ...] = ()
    is_known: bool = False
    """Whether the viewer was served this content before."""


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
    is_seen = alike(prints, _prints(seen), parameters)
    is_served = alike(prints, _prints(served), parameters)
    alone = set(range(len(candidates)))
    found = groups(prints, parameters)
    alone.difference_update(*found)
    entries = []
    for members in [*((position,) for position in sorted(alone)), *found]:
        if any(is_seen[position] for position in members):
            continue
        entries.append(
            _entry(
                [candidates[position] for position in members],
                is_known=any(
                    is_served[position] or candidates[position].post.media_id in served_ids
                    for position in members
                ),
            )
        )
    return sorted(entries, key=lambda entry: entry.post.media_id)


def _entry(copies: Sequence[Candidate], *, is_known: bool) -> Entry:
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
        sources=frozenset().union(*(copy.sources for copy in copies)),
        duplicates=tuple(sorted(copy.post.media_id for copy in others)),
        is_known=is_known,
    )


def _prints(posts: Mapping[str, StoredPost]) -> list[Print]:
    return [_print(post) for post in posts.values() if post.content_hash or post.perceptual_hash]


def _print(post: StoredPost) -> Print:
    return Print(
        media_id=post.media_id,
        content_hash=post.content_hash,
        perceptual_hash=int(post.perceptual_hash, 16) if post.perceptual_hash else None,
        text=post.ocr_text,
        visual=post.visual,
    )
