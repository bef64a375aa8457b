"""The sides by which posts are compared: what they look like, and what they say."""

from collections.abc import Sequence
from typing import NamedTuple

from ranking.affinity import Affinity, affinity, stand_in
from ranking.calibration import Calibrations
from ranking.signals import SignalParameters
from ranking.similarity import Line, Modality
from ranking.types import Post, Viewer
from ranking.vectors import VectorTable
from ranking.weights import Weights


class Tables(NamedTuple):
    """The posts' vectors, by the model that they are of."""

    visual: VectorTable | None
    text: VectorTable | None
    legacy: VectorTable | None

    @classmethod
    def of(cls, posts: Sequence[Post], calibrations: Calibrations) -> "Tables":
        """Legacy vectors of the posts alone that have no visual one."""
        return cls(
            VectorTable.of([post.visual for post in posts]),
            VectorTable.of([post.text for post in posts]),
            None
            if calibrations.legacy is None
            else VectorTable.of([post.legacy if post.visual is None else None for post in posts]),
        )


def looks_of(
    viewer: Viewer,
    tables: Tables,
    count: int,
    calibrations: Calibrations,
    parameters: SignalParameters,
) -> Affinity:
    """How near posts look to the viewer's taste; by legacy vectors where there are no others."""
    visual = affinity(viewer.visual, tables.visual, count, calibrations.visual, parameters)
    if tables.legacy is None or calibrations.legacy is None:
        return visual
    legacy = affinity(viewer.legacy, tables.legacy, count, calibrations.legacy, parameters)
    return stand_in(visual, legacy, interests=len(viewer.visual.interests))


def modalities_of(tables: Tables, calibrations: Calibrations, weights: Weights) -> list[Modality]:
    """The sides by which posts can be alike: those with vectors, weight, and a map that tells.

    A legacy vector is compared with legacy vectors alone, with the weight of pictures.
    """
    sides = (
        (tables.visual, calibrations.visual, weights.visual),
        (tables.text, calibrations.text, weights.text),
        (tables.legacy, calibrations.legacy, weights.visual),
    )
    return [
        Modality(vectors, line, share, maps.common)
        for vectors, maps, share in sides
        if vectors is not None and maps is not None
        if (line := Line.along(maps.pair)) is not None and share > 0
    ]
