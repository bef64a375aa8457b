from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.experiments.arms import makers_of
from orchestrator.experiments.experiment import Experiment, Variant
from orchestrator.feed.makers import NewSession
from orchestrator.feed.multimodal import MultimodalMaker
from orchestrator.feed.sessions import Snapshot
from tests.support.app import open_app


@dataclass
class Legacy:
    """A maker that is never asked."""

    async def make(self, new: NewSession) -> Snapshot:
        raise NotImplementedError

    async def authors(self, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        raise NotImplementedError


def experiment(*variants: Variant) -> Experiment:
    return Experiment("n", variants, variants[0].name, "salt")


async def test_a_variant_is_made_by_what_it_names(tmp_path: Path) -> None:
    async with open_app(tmp_path) as app:
        multimodal = app.services.generation.rankers._makers["multimodal"]
        assert isinstance(multimodal, MultimodalMaker)
        legacy = Legacy()
        arms = makers_of(
            experiment(Variant("a", 1), Variant("b", 1, weights={"text": 0.9}),
                       Variant("c", 1, "legacy")),
            multimodal,
            legacy,
        )  # fmt: skip
        assert arms["a"] is multimodal
        assert arms["c"] is legacy
        assert isinstance(arms["b"], MultimodalMaker)
        weights = arms["b"]._rules.ranking.weights.default
        assert (weights.text, weights.visual) == (0.9, 0.3)


async def test_a_legacy_variant_needs_the_legacy_ranker(tmp_path: Path) -> None:
    async with open_app(tmp_path) as app:
        multimodal = app.services.generation.rankers._makers["multimodal"]
        assert isinstance(multimodal, MultimodalMaker)
        with pytest.raises(StartupError, match="variant 'old' is of the legacy ranker; set FEED"):
            makers_of(experiment(Variant("old", 1, "legacy")), multimodal, None)
