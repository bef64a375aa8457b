"""Arrangements as snapshots, and pages of snapshots as items that can be answered."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from orchestrator.feed.arrangement import Arrangement
from orchestrator.feed.candidates import SOURCES
from orchestrator.feed.reasons import reason
from orchestrator.feed.sessions import Snapshot
from ranking.types import Interest, RankedPosts, Signal, Viewer
from ranking.weights import SIGNALS


@dataclass(frozen=True, slots=True)
class MatchedInterest:
    """The viewer's interest that a post is nearest to; no media id: the mean of the history."""

    media_id: str | None
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """More of why a post stands where it stands.

    `place` and `place_by_score` count from 0, the latter as it would be without diversity.
    `redundancy` in [0, 1] is its likeness to the posts right before it. `propensity` is the
    probability that chance gave this place to this post; None for a place by rank.
    """

    sources: tuple[str, ...]
    interests: Mapping[str, MatchedInterest | None]
    place: int
    place_by_score: int
    redundancy: float
    propensity: float | None
    served_before: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A post in its place; `duplicates` are media ids of the same content."""

    media_id: str
    score: float
    reason: str
    signals: Mapping[str, Signal | None]
    duplicates: tuple[str, ...]
    explanation: Explanation

    @property
    def copies(self) -> tuple[str, ...]:
        """All media ids of this content, the one that stands for them first."""
        return (self.media_id, *self.duplicates)


def take_snapshot(
    arrangement: Arrangement,
    viewer: Viewer,
    *,
    session_id: str,
    user_id: str,
    created_at: datetime,
    seed: int,
    variant: str,
) -> Snapshot:
    """Everything that the pages of a session will say."""
    ranked = arrangement.ranked
    chances = np.full(len(ranked), np.nan)
    chances[list(arrangement.explored)] = list(arrangement.explored.values())
    return Snapshot(
        session_id=session_id,
        user_id=user_id,
        created_at=created_at,
        seed=seed,
        media_ids=tuple(post.media_id for post in ranked.posts),
        numbers={
            "score": ranked.score,
            "signals": np.stack([ranked.raw, ranked.value, ranked.weight], axis=-1),
            "redundancy": ranked.redundancy,
            "place_by_score": ranked.place_by_score,
            "interest": ranked.interest,
            "propensity": chances,
            "sources": np.array([entry.sources for entry in arrangement.entries], dtype=np.int64),
        },
        notes={
            "new": arrangement.new,
            "duplicates": {
                str(place): list(entry.duplicates)
                for place, entry in enumerate(arrangement.entries)
                if entry.duplicates
            },
            "interests": _interests(viewer),
        },
        variant=variant,
    )


def items_of(snapshot: Snapshot, start: int, stop: int) -> list[Item]:
    """The items of places `start` to `stop`; the same snapshot gives the same items."""
    return [_item(snapshot, place) for place in range(start, min(stop, len(snapshot.media_ids)))]


def items_of_ranked(ranked: RankedPosts, viewer: Viewer) -> list[Item]:
    """Items of a list that a caller brought: no sources, no copies, no chance."""
    interests = _interests(viewer)
    return [
        Item(
            media_id=each.post.media_id,
            score=each.score,
            reason=reason(each.signals),
            signals=each.signals,
            duplicates=(),
            explanation=Explanation(
                sources=(),
                interests=_matched(interests, each.interest),
                place=place,
                place_by_score=each.place_by_score,
                redundancy=each.redundancy,
                propensity=None,
                served_before=False,
            ),
        )
        for place, each in enumerate(ranked)
    ]


def _item(snapshot: Snapshot, place: int) -> Item:
    numbers, notes = snapshot.numbers, snapshot.notes
    signals = _signals(numbers["signals"][place].tolist())
    chance = float(numbers["propensity"][place])
    explored = not math.isnan(chance)
    found_by = int(numbers["sources"][place])
    return Item(
        media_id=snapshot.media_ids[place],
        score=float(numbers["score"][place]),
        reason=reason(signals, explored=explored),
        signals=signals,
        duplicates=tuple(notes["duplicates"].get(str(place), ())),
        explanation=Explanation(
            sources=tuple(name for bit, name in enumerate(SOURCES) if found_by >> bit & 1),
            interests=_matched(notes["interests"], numbers["interest"][place].tolist()),
            place=place,
            place_by_score=int(numbers["place_by_score"][place]),
            redundancy=float(numbers["redundancy"][place]),
            propensity=chance if explored else None,
            served_before=place >= notes["new"],
        ),
    )


def _signals(rows: Sequence[Sequence[float]]) -> dict[str, Signal | None]:
    """Signals of one post's raw, value and weight; a raw that is NaN is missing."""
    return {
        name: None if math.isnan(value) else Signal(raw, value, weight, value * weight)
        for name, (raw, value, weight) in zip(SIGNALS, rows, strict=True)
    }


def _interests(viewer: Viewer) -> dict[str, list[tuple[str | None, float]]]:
    """Interests by the signal that they make; `RankedPosts.interest` counts the same way."""
    return {
        "visual": _noted([*viewer.visual.interests, *viewer.legacy.interests]),
        "text": _noted(viewer.text.interests),
    }


def _noted(interests: Sequence[Interest]) -> list[tuple[str | None, float]]:
    return [(interest.media_id, interest.weight) for interest in interests]


def _matched(
    noted: Mapping[str, Sequence[tuple[str | None, float]]], indexes: Sequence[int]
) -> dict[str, MatchedInterest | None]:
    return {
        modality: MatchedInterest(*noted[modality][index]) if index >= 0 else None
        for modality, index in zip(("visual", "text"), indexes, strict=True)
    }
