import numpy as np
import pytest

from evaluation.world.catalogue import CONTENT_TYPES
from evaluation.world.views import Embeddings
from evaluation.world.world import World


def background(embeddings: Embeddings) -> float:
    rng = np.random.default_rng(1)
    rows = rng.choice(np.flatnonzero(embeddings.present), (2, 4000))
    cosines = (embeddings.vectors[rows[0]] * embeddings.vectors[rows[1]]).sum(axis=1)
    return float(cosines.mean())


def told(world: World, embeddings: Embeddings, content_type: str) -> float:
    """How well cosines of views follow those of true vectors, as a correlation."""
    rows = np.flatnonzero(
        (world.catalogue.content_type == CONTENT_TYPES.index(content_type)) & embeddings.present
    )
    pairs = np.triu_indices(len(rows), 1)
    true, seen = world.catalogue.latent[rows], embeddings.vectors[rows]
    return float(np.corrcoef((true @ true.T)[pairs], (seen @ seen.T)[pairs])[0, 1])


def test_unrelated_cosines_are_those_of_clip_and_of_a_sentence_encoder(world: World) -> None:
    assert background(world.visual) == pytest.approx(0.5, abs=0.04)
    assert background(world.text) == pytest.approx(0.05, abs=0.05)


def test_text_tells_more_of_a_meme_and_the_picture_more_of_a_photograph(world: World) -> None:
    assert told(world, world.text, "meme") > told(world, world.visual, "meme") + 0.1
    assert told(world, world.visual, "aesthetic") > told(world, world.text, "aesthetic") + 0.1


def test_some_posts_lack_a_side(world: World) -> None:
    text_only = world.catalogue.content_type == CONTENT_TYPES.index("text_only")
    assert not world.visual.present[text_only].any()
    assert world.text.present[text_only].all()
    assert 0.7 < world.text.present.mean() < 0.9
    lacking = int(np.flatnonzero(~world.text.present)[0])
    assert world.text.of(lacking) is None
