"""A viewer's taste, from the posts that they responded to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ranking.interests import Cluster, clusters
from ranking.types import Interest, Taste, Vector, Viewer

KIND_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "view": 0.01,
        "dwell": 0.1,
        "like": 1.0,
        "comment": 1.0,
        "share": 2.0,
        "save": 1.5,
        "follow": 1.5,
        "skip": -0.3,
        "hide": -1.0,
        "hide_author": -1.5,
        "report": -2.0,
    }
)
"""What an event of each kind says of its post, in likes."""

_DAY_S = 86400.0
_Row = tuple[str, float, Vector]
"""Media id, weight above 0, unit vector."""
_NO_DIRECTION = 1e-6
_CANCELLED = 1e-9
"""Share of what was said for and against a post below which the rest is rounding."""


@dataclass(frozen=True, slots=True)
class Response:
    """One event of a viewer, with the unit vectors of its post, [d_visual], [d_text], [d_legacy].

    `at_s` is in seconds since the epoch, `value` in the kind's own unit (dwell: seconds).
    """

    media_id: str
    kind: str
    at_s: float
    value: float | None = None
    visual: Vector | None = None
    text: Vector | None = None
    legacy: Vector | None = None


@dataclass(frozen=True, slots=True)
class TasteParameters:
    """How responses make a taste. Raises ValueError, naming it, for a value that makes no sense.

    `weights` by kind of event; a kind not named counts nothing. A dwell's weight grows with its
    seconds and is whole at `dwell_full_s`. From `clustering_from` liked posts of a modality on,
    up to `max_interests` of them stand for it; an interest below `min_interest` of the heaviest
    is dropped. What is disliked `avoided_midpoint` times as much as all that is liked is avoided
    half. Of more than `max_clustered` posts the heaviest are clustered.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: dict(KIND_WEIGHTS))
    half_life_days: float = 30.0
    dwell_full_s: float = 30.0
    clustering_from: int = 4
    max_interests: int = 4
    max_avoided: int = 4
    min_interest: float = 0.1
    avoided_midpoint: float = 0.1
    max_clustered: int = 1000

    def __post_init__(self) -> None:
        for kind, weight in self.weights.items():
            if not math.isfinite(weight):
                raise ValueError(f"weight of {kind!r} must be a finite number, not {weight}")
        for name in ("half_life_days", "dwell_full_s", "avoided_midpoint"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must be a finite number above 0, not {value}")
        for name, least in (
            ("clustering_from", 2),
            ("max_interests", 1),
            ("max_avoided", 0),
            ("max_clustered", 1),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, not {getattr(self, name)}")
        if not 0 <= self.min_interest <= 1:
            raise ValueError(f"min_interest must lie in [0, 1], not {self.min_interest}")


def viewer_from(
    responses: Sequence[Response], *, now_s: float, parameters: TasteParameters
) -> Viewer:
    """The taste that responses, in any order, tell of at `now_s` (seconds since the epoch).

    A post counts by the sum over its kinds of event, each once (its latest), each decayed by
    0.5^(age / half-life); what lies in the future counts as now. Liked posts (above 0) make
    interests: one mean a modality, or means of clusters once there are enough, each with the
    post nearest to it. Disliked ones (below 0) make what is avoided: medoids alone.
    """
    posts = _net(responses, now_s, parameters)
    return Viewer(
        visual=_taste([(post.media_id, net, post.visual) for post, net in posts], parameters),
        text=_taste([(post.media_id, net, post.text) for post, net in posts], parameters),
        legacy=_taste([(post.media_id, net, post.legacy) for post, net in posts], parameters),
    )


def _net(
    responses: Sequence[Response], now_s: float, parameters: TasteParameters
) -> list[tuple[Response, float]]:
    """One response of each post that has weight, and the post's weight, by rising media id."""
    told = [(_undecayed(response, parameters), response) for response in responses]
    told.sort(key=lambda entry: (entry[1].at_s, entry[1].media_id, entry[1].kind, entry[0]))
    latest = {(entry[1].media_id, entry[1].kind): entry for entry in told}
    said: dict[str, list[float]] = {}
    posts: dict[str, Response] = {}
    for weight, response in latest.values():
        age_days = max(0.0, now_s - response.at_s) / _DAY_S
        decayed = weight * 0.5 ** (age_days / parameters.half_life_days)
        said.setdefault(response.media_id, []).append(decayed)
        posts[response.media_id] = response
    return [
        (posts[media_id], net)
        for media_id, weights in sorted(said.items())
        if abs(net := math.fsum(weights)) > _CANCELLED * math.fsum(map(abs, weights))
    ]


def _undecayed(response: Response, parameters: TasteParameters) -> float:
    weight = parameters.weights.get(response.kind, 0.0)
    if response.kind == "dwell":
        seconds = max(0.0, response.value or 0.0)
        weight *= min(1.0, seconds / parameters.dwell_full_s)
    return weight


def _taste(rows: Sequence[tuple[str, float, Vector | None]], parameters: TasteParameters) -> Taste:
    """What posts (media id, net weight, vector), by rising id, say in one modality."""
    present = [(media_id, net, vector) for media_id, net, vector in rows if vector is not None]
    liked = [row for row in present if row[1] > 0]
    disliked = [(media_id, -net, vector) for media_id, net, vector in present if net < 0]
    return Taste(
        interests=_interests(liked, parameters),
        avoided=_avoided(disliked, math.fsum(row[1] for row in liked), parameters),
    )


def _interests(liked: Sequence[_Row], parameters: TasteParameters) -> tuple[Interest, ...]:
    if len(liked) < parameters.clustering_from:
        return _mean(liked)
    found = _clusters(liked, parameters.max_interests, parameters)
    heaviest = found[0][1].mass
    return tuple(
        Interest(cluster.mean, cluster.mass / heaviest, media_id)
        for (media_id, _, _), cluster in found
        if cluster.mass >= parameters.min_interest * heaviest
    )


def _avoided(
    disliked: Sequence[_Row], liked: float, parameters: TasteParameters
) -> tuple[Interest, ...]:
    """Strength m / (m + midpoint · liked): one half where the mass m is `midpoint` of `liked`."""
    if not disliked or not parameters.max_avoided:
        return ()
    found = _clusters(disliked, parameters.max_avoided, parameters)
    return tuple(
        Interest(
            vector, cluster.mass / (cluster.mass + parameters.avoided_midpoint * liked), media_id
        )
        for (media_id, _, vector), cluster in found
    )


def _mean(liked: Sequence[_Row]) -> tuple[Interest, ...]:
    """One unit vector in the direction of the weighted mean; none where vectors cancel out."""
    if not liked:
        return ()
    weights = np.array([row[1] for row in liked])
    mean = (weights / weights.max()) @ np.stack([row[2] for row in liked]).astype(np.float64)
    norm = float(np.linalg.norm(mean))
    if norm < _NO_DIRECTION:
        return ()
    return (Interest((mean / norm).astype(np.float32)),)


def _clusters(
    rows: Sequence[_Row], most: int, parameters: TasteParameters
) -> list[tuple[_Row, Cluster]]:
    """The clusters of `rows`, each with the post that stands for it; the heaviest first."""
    heaviest = sorted(rows, key=lambda row: -row[1])[: parameters.max_clustered]
    heaviest.sort(key=lambda row: row[0])
    vectors = np.stack([row[2] for row in heaviest])
    masses = np.array([row[1] for row in heaviest])
    return [(heaviest[cluster.medoid], cluster) for cluster in clusters(vectors, masses, most=most)]
