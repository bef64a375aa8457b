"""What models see of a post: a noisy view a modality, in spaces like CLIP's and a sentence
encoder's.

A view is the post's latent vector plus noise that depends on the content type, turned into a
space of its own. CLIP's pictures lie in a cone (Liang et al., NeurIPS 2022): unrelated ones have
a cosine near 0.5; unrelated texts have one near 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.world.catalogue import CONTENT_TYPES, Catalogue
from evaluation.world.topics import Floats, unit
from ranking.types import Vector


@dataclass(frozen=True, slots=True)
class View:
    """One modality by content type: length of the noise (the signal's is 1), share missing."""

    cone: float
    noise: dict[str, float]
    missing: dict[str, float]


VISUAL = View(
    cone=1.0,
    noise={"aesthetic": 0.6, "meme": 1.3, "mixed": 0.9, "text_only": 1.3},
    missing={"aesthetic": 0.0, "meme": 0.02, "mixed": 0.02, "text_only": 1.0},
)
TEXT = View(
    cone=0.2,
    noise={"aesthetic": 1.3, "meme": 0.6, "mixed": 0.9, "text_only": 0.6},
    missing={"aesthetic": 0.40, "meme": 0.05, "mixed": 0.15, "text_only": 0.0},
)


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Unit `vectors` [n, d]; `present` [n] tells which are known to the policies."""

    vectors: NDArray[np.float32]
    present: NDArray[np.bool_]

    def of(self, post: int) -> Vector | None:
        """A post's vector."""
        return self.vectors[post] if self.present[post] else None


def embed(
    rng: np.random.Generator, catalogue: Catalogue, view: View, *, dimension: int = 128
) -> Embeddings:
    """Embed every post; a burst shares its noise but for a tenth."""
    count, latent_dimension = catalogue.latent.shape
    turn = np.linalg.qr(rng.standard_normal((dimension, latent_dimension)))[0]
    axis = unit(rng.standard_normal((1, dimension)))
    by_type = np.array([view.noise[name] for name in CONTENT_TYPES])
    noise = unit(rng.standard_normal((count, latent_dimension)))
    shared = noise[catalogue.burst] + 0.1 * noise
    length = by_type[catalogue.content_type, None]
    seen = unit(catalogue.latent + length * unit(shared)) @ turn.T
    grain = 0.2 * unit(rng.standard_normal((count, dimension)))
    missing = np.array([view.missing[name] for name in CONTENT_TYPES])[catalogue.content_type]
    return Embeddings(
        unit(seen + view.cone * axis + grain).astype(np.float32), rng.random(count) >= missing
    )


def between(a: Embeddings, rng: np.random.Generator, *, pairs: int = 4000) -> Floats:
    """Cosines of random pairs of posts, [pairs]: what anyone can measure without viewers."""
    rows = rng.choice(np.flatnonzero(a.present), (2, pairs))
    cosines: Floats = (a.vectors[rows[0]] * a.vectors[rows[1]]).sum(axis=1).astype(np.float64)
    return cosines
