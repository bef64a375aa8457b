"""A viewer's vectors alone: events with their posts' vectors in memory to interests."""

import numpy as np

from benchmarks.inputs import unit_vector
from benchmarks.timing import Timing, measure
from ranking.types import Vector
from ranking.viewer import Response, TasteParameters, viewer_from

_NOW_S = 1_800_000_000.0
_DAY_S = 86_400.0
_THEMES = 6
_SPREAD = 1.0
_KINDS = ("view", "dwell", "like", "comment", "save", "share", "skip", "hide")
_CALLS = 30


def bench_viewer() -> list[Timing]:
    """200 and 2,000 events on as many posts, over two months, of a viewer with six themes."""
    rng = np.random.default_rng(3)
    themes = [(unit_vector(rng, 512), unit_vector(rng, 768)) for _ in range(_THEMES)]
    history = [_response(number, rng, themes) for number in range(2000)]
    parameters = TasteParameters()

    def taste_of_first(count: int) -> Timing:
        events = history[:count]
        return measure(
            f"viewer's vectors, {count:,} events",
            lambda _: viewer_from(events, now_s=_NOW_S, parameters=parameters),
            calls=_CALLS,
        )

    return [taste_of_first(200), taste_of_first(2000)]


def _response(
    number: int, rng: np.random.Generator, themes: list[tuple[Vector, Vector]]
) -> Response:
    visual, text = themes[int(rng.integers(_THEMES))]
    return Response(
        media_id=f"post-{number}",
        kind=_KINDS[int(rng.integers(len(_KINDS)))],
        at_s=_NOW_S - float(rng.uniform(0, 60)) * _DAY_S,
        value=float(rng.uniform(0, 60)),
        visual=_near(visual, rng),
        text=_near(text, rng),
    )


def _near(centre: Vector, rng: np.random.Generator) -> Vector:
    vector = centre + np.float32(_SPREAD) * unit_vector(rng, len(centre))
    unit: Vector = vector / np.linalg.norm(vector)
    return unit
