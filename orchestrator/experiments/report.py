"""An experiment's report, made of tallies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.experiments.experiment import Experiment, Variant
from orchestrator.experiments.ratio import Comparison, Estimate, compare, ratio
from orchestrator.experiments.sample_ratio import SampleRatio, check_sample_ratio
from orchestrator.experiments.tally import Tally

MIN_VIEWERS = 100
MIN_ENGAGED = 20
"""Below either the normal distribution says little of a rate."""


@dataclass(frozen=True, slots=True)
class VariantReport:
    """A variant's sums, its engagement rate, and that against the control's.

    `rate` is None with fewer than two viewers; `against_control` also for the control itself.
    """

    variant: Variant
    tally: Tally
    rate: Estimate | None
    against_control: Comparison | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What was read: tallies by variant, when the first session began, who was left out.

    `crossed_viewers` were served by variants that they are not assigned to, `cut_viewers` have more
    events than are read.
    """

    tallies: Mapping[str, Tally]
    first_session_at: datetime | None
    crossed_viewers: int
    cut_viewers: int


@dataclass(frozen=True, slots=True)
class Report:
    """What an experiment says; `sample_ratio` is None before anybody was served."""

    experiment: Experiment
    first_session_at: datetime | None
    variants: tuple[VariantReport, ...]
    sample_ratio: SampleRatio | None
    crossed_viewers: int
    warnings: tuple[str, ...]


def make_report(experiment: Experiment, counted: Counted) -> Report:
    """Rates, comparisons, the sample ratio, and what to beware of."""
    tallies = [counted.tallies[variant.name] for variant in experiment.variants]
    rates = {
        variant.name: ratio(tally.engagement)
        for variant, tally in zip(experiment.variants, tallies, strict=True)
    }
    control = rates[experiment.control]
    sample_ratio = check_sample_ratio(
        [tally.viewers for tally in tallies], [variant.share for variant in experiment.variants]
    )
    return Report(
        experiment=experiment,
        first_session_at=counted.first_session_at,
        variants=tuple(
            VariantReport(
                variant,
                tally,
                rate := rates[variant.name],
                compare(rate, control)
                if rate and control and variant.name != experiment.control
                else None,
            )
            for variant, tally in zip(experiment.variants, tallies, strict=True)
        ),
        sample_ratio=sample_ratio,
        crossed_viewers=counted.crossed_viewers,
        warnings=tuple(_warnings(counted, sample_ratio)),
    )


def _warnings(counted: Counted, sample_ratio: SampleRatio | None) -> list[str]:
    if sample_ratio is None:
        return ["nobody was served by the experiment yet"]
    found = []
    if sample_ratio.mismatch:
        found.append(
            f"sample ratio mismatch (p = {sample_ratio.p_value:.2g}): the viewers did not come to "
            "the variants as the shares say, so trust none of these numbers before it is explained"
        )
    found += [
        f"{name}: {tally.viewers} viewers and {tally.engaged} engaged impressions are too few to "
        f"conclude anything; {MIN_VIEWERS} and {MIN_ENGAGED} are the least"
        for name, tally in counted.tallies.items()
        if tally.viewers < MIN_VIEWERS or tally.engaged < MIN_ENGAGED
    ]
    if counted.crossed_viewers:
        found.append(
            f"{counted.crossed_viewers} viewers are left out: they were served by variants that "
            "they are not assigned to, as by name or before the shares changed"
        )
    if counted.cut_viewers:
        found.append(
            f"of {counted.cut_viewers} viewers with very many events only the latest count"
        )
    return found
