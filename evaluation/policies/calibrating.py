"""Calibrations as the product fits them: from the store's vectors and what viewers liked."""

import numpy as np

from evaluation.policies.policy import LIKING
from evaluation.world.views import Embeddings
from evaluation.world.world import World
from ranking.calibration import Calibrations, ModalityCalibrations
from ranking.cone import common_direction, without
from ranking.fitting import MEAN_LEVELS, MIN_SAMPLE, PAIR_LEVELS, fit
from ranking.sampling import Matrix, grouped, mean_samples, pair_samples

_BACKGROUND = 20_000


def calibrate(world: World, *, seed: int, cone_kept: bool = False) -> Calibrations:
    """Fit both modalities to the world's past; what posts are worth takes no part in it.

    `cone_kept`: to plain cosines, with what all vectors share left in them.
    """
    visual, text = (
        _modality(world, embeddings, seed, cone_kept) for embeddings in (world.visual, world.text)
    )
    return Calibrations(visual=visual, text=text)


def _modality(
    world: World, embeddings: Embeddings, seed: int, cone_kept: bool
) -> ModalityCalibrations:
    past = world.catalogue.created_at_s <= world.size.now_s
    vectors = embeddings.vectors[embeddings.present & past]
    common = () if cone_kept else common_direction(vectors)
    vectors = without(vectors, common)
    histories = [without(each, common) for each in _histories(world, embeddings, seed)]
    mean = mean_samples(vectors, histories, count=_BACKGROUND, seed=seed)
    pair = pair_samples(vectors, histories, count=_BACKGROUND, seed=seed)
    return ModalityCalibrations(
        mean=fit(mean.background, mean.related, "mean to post", MEAN_LEVELS),
        pair=fit(pair.background, pair.related, "post to post", PAIR_LEVELS),
        common=common,
    )


def _histories(world: World, embeddings: Embeddings, seed: int) -> list[Matrix]:
    """Groups of posts that one viewer liked; none where they are too few to fit to."""
    found: list[Matrix] = []
    for number, inhabitant in enumerate(world.inhabitants):
        liked = np.unique([event.post for event in inhabitant.past if event.kind in LIKING])
        liked = liked.astype(np.int64)
        rows = embeddings.vectors[liked[embeddings.present[liked]]]
        found += grouped(rows, seed=seed + number)
    return found if sum(map(len, found)) >= 2 * MIN_SAMPLE else []
