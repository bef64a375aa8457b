"""Which policies are compared."""

from collections.abc import Sequence
from dataclasses import replace

from evaluation.policies.baselines import Legacy, Newest, Oracle, Random
from evaluation.policies.guide import Guide
from evaluation.policies.ours import Ours
from evaluation.policies.policy import Policy
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.placing import DiversityParameters
from ranking.rank import Ranking
from ranking.viewer import TasteParameters
from ranking.weights import Weights, WeightTable

OURS = "ours"

_BY_TYPE = WeightTable(
    by_content_type={
        "meme": Weights(visual=0.15, text=0.40),
        "aesthetic": Weights(visual=0.45, text=0.10),
    }
)
_SAME_FOR_ALL = Calibration("flat", (-1.0, 1.0), (0.5, 0.5))
_HALVED = Calibration("(1 + cos) / 2", (-1.0, 1.0), (0.0, 1.0))
_CLIPPED = Calibration("cos, clipped at 0", (0.0, 1.0), (0.0, 1.0))


def main_lineup(calibrations: Calibrations) -> list[Policy]:
    """Ours as it ships, what it has to beat, and the bound."""
    ours = Ours(Ranking(calibrations), TasteParameters(), OURS)
    return [Random(), Newest(), Legacy(), Guide(), ours, Oracle()]


def ablations(calibrations: Calibrations, cone_kept: Calibrations) -> list[Policy]:
    """Ours with one thing changed, and the guide's sum with the other map of its cosines.

    `cone_kept`: calibrations that were fitted to plain cosines.
    """
    ranking, taste = Ranking(calibrations), TasteParameters()
    every = {kind: weight for kind, weight in taste.weights.items() if weight > 0}
    spread = ranking.diversity
    spreads = {
        "no likeness of neighbours": replace(spread, method="none"),
        "half the strength": replace(spread, strength=spread.strength / 2),
        "mmr, strength 0.18": replace(spread, method="mmr", strength=0.18),
        "mmr, strength 0.09": replace(spread, method="mmr", strength=0.09),
        "ssd, strength 0.18": replace(spread, method="ssd", strength=0.18),
        "ssd, strength 0.72": replace(spread, method="ssd", strength=0.72),
    }
    rankings = {
        **{name: _spread(ranking, changed) for name, changed in spreads.items()},
        "cone kept": replace(ranking, calibrations=cone_kept),
        "cosines uncalibrated, clipped": replace(ranking, calibrations=_everywhere(_CLIPPED)),
        "cosines uncalibrated, halved": replace(ranking, calibrations=_everywhere(_HALVED)),
        "no taste (flat calibration)": replace(ranking, calibrations=_everywhere(_SAME_FOR_ALL)),
        "weights by content type": replace(ranking, weights=_BY_TYPE),
    }
    tastes = {
        "one mean only": replace(taste, clustering_from=10**9),
        "no negatives": replace(taste, weights=every, max_avoided=0),
    }
    return [
        Guide("halved", "guide's sum, (1 + cos) / 2"),
        *(Ours(changed, taste, f"ours, {name}") for name, changed in rankings.items()),
        *(Ours(ranking, changed, f"ours, {name}") for name, changed in tastes.items()),
    ]


def of_loop(policies: Sequence[Policy]) -> list[Policy]:
    """What is let to serve for days: ours in one shape, and all that is not ours.

    The legacy ranker and the guide's sum serve also without what was seen: what ours gains over
    those is by its order alone.
    """
    shown = [policy for policy in policies if policy.name == OURS or not isinstance(policy, Ours)]
    return [
        *shown,
        Legacy(f"{Legacy().name}, seen left out", "seen"),
        Guide(name=f"{Guide().name}, seen left out", never="seen"),
    ]


def _spread(ranking: Ranking, diversity: DiversityParameters) -> Ranking:
    return replace(ranking, diversity=diversity)


def _everywhere(calibration: Calibration) -> Calibrations:
    modality = ModalityCalibrations(calibration, calibration)
    return Calibrations(modality, modality)
