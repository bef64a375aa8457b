"""The ranking package, as the feed uses it."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.policies.policy import Asked, Never, VectorsOf
from evaluation.world.answers import Event
from evaluation.world.world import media_id
from ranking.rank import Ranking, rank
from ranking.types import Viewer
from ranking.viewer import Response, TasteParameters, viewer_from


@dataclass(frozen=True, slots=True)
class Ours:
    """`ranking.rank` for `viewer_from` of all events, negative ones included."""

    ranking: Ranking
    taste: TasteParameters
    name: str = "ours"
    never: Never = "seen"

    def order(self, asked: Asked) -> list[int]:
        viewer = viewer_of(asked.past, asked.vectors, asked.now_s, self.taste)
        ranked = rank(
            asked.posts, viewer, now_s=asked.now_s, ranking=self.ranking, limit=asked.limit
        )
        row = {post.media_id: index for index, post in enumerate(asked.posts)}
        return [row[post.media_id] for post in ranked.posts]


def viewer_of(
    past: Sequence[Event], vectors: VectorsOf, now_s: float, taste: TasteParameters
) -> Viewer:
    """The viewer that the ranking package makes of events."""
    return viewer_from(
        [
            Response(
                media_id(event.post), event.kind, event.at_s, event.value, *vectors(event.post)
            )
            for event in past
        ],
        now_s=now_s,
        parameters=taste,
    )
