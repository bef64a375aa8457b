"""GET /v1/experiments: what is compared, and what came of it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from orchestrator.experiments.experiment import Experiment, Ranker
from orchestrator.experiments.ratio import Estimate
from orchestrator.experiments.report import Report, VariantReport
from orchestrator.http.dependencies import Moment, ServicesDep

router = APIRouter(prefix="/v1/experiments", tags=["experiments"])


class Arm(BaseModel):
    """A variant: its part of the viewers, in [0, 1], and how it ranks."""

    name: str
    share: float
    ranker: Ranker
    weights: dict[str, float]


class Configured(BaseModel):
    """An experiment as it is configured."""

    name: str
    control: str
    variants: list[Arm]


class ExperimentsAnswer(BaseModel):
    """The experiment in force, if there is one."""

    items: list[Configured]


class Bounded(BaseModel):
    """A number and its 95 % confidence interval."""

    value: float
    low: float
    high: float

    @staticmethod
    def of(estimate: Estimate | None) -> "Bounded | None":
        """The estimate, if there is one."""
        if estimate is None:
            return None
        low, high = estimate.interval
        return Bounded(value=estimate.value, low=low, high=high)


class ArmReport(Arm):
    """A variant's numbers.

    `impressions` are the posts of its pages; `seen` those with a view, `engaged` those with a like,
    comment, share, save or follow, each post once a viewer. `events` counts all that are
    attributed to it, by kind. `engagement_rate` is engaged / impressions, with the viewer as the
    unit. `difference` and `uplift` are that rate against the control's: minus it, and over it less
    1. `p_value` is two-sided, of no difference.
    """

    viewers: int
    sessions: int
    impressions: int
    seen: int
    engaged: int
    events: dict[str, int]
    engagement_rate: Bounded | None
    difference: Bounded | None
    uplift: Bounded | None
    p_value: float | None


class SampleRatioAnswer(BaseModel):
    """Viewers that the shares promise by variant, and χ² of what came against it."""

    expected: dict[str, float]
    chi_square: float
    p_value: float
    mismatch: bool


class ReportAnswer(BaseModel):
    """An experiment's report, of sessions from `first_session_at` on.

    `crossed_viewers` were served by variants that they are not assigned to, and are left out.
    `warnings` say what to beware of before anything is concluded.
    """

    name: str
    control: str
    first_session_at: datetime | None
    variants: list[ArmReport]
    sample_ratio: SampleRatioAnswer | None
    crossed_viewers: int
    warnings: list[str]


@router.get("")
async def get_experiments(services: ServicesDep) -> ExperimentsAnswer:
    """The experiment that is configured."""
    experiment = services.reports.experiment
    if experiment is None:
        return ExperimentsAnswer(items=[])
    return ExperimentsAnswer(
        items=[
            Configured(name=experiment.name, control=experiment.control, variants=_arms(experiment))
        ]
    )


@router.get("/{name:path}")
async def get_experiment_report(
    name: str,
    services: ServicesDep,
    since: Annotated[Moment | None, Query(description="count sessions from then on")] = None,
) -> ReportAnswer:
    """What the variants were answered. It reads every viewer's events: not a call for each page."""
    report = await services.reports.report(name, since=since)
    experiment = report.experiment
    return ReportAnswer(
        name=experiment.name,
        control=experiment.control,
        first_session_at=report.first_session_at,
        variants=[
            _arm_report(arm, one)
            for arm, one in zip(_arms(experiment), report.variants, strict=True)
        ],
        sample_ratio=_sample_ratio(report),
        crossed_viewers=report.crossed_viewers,
        warnings=list(report.warnings),
    )


def _arms(experiment: Experiment) -> list[Arm]:
    whole = sum(variant.share for variant in experiment.variants)
    return [
        Arm(
            name=variant.name,
            share=variant.share / whole,
            ranker=variant.ranker,
            weights=dict(variant.weights),
        )
        for variant in experiment.variants
    ]


def _arm_report(arm: Arm, report: VariantReport) -> ArmReport:
    tally, compared = report.tally, report.against_control
    return ArmReport(
        **arm.model_dump(),
        viewers=tally.viewers,
        sessions=tally.sessions,
        impressions=tally.impressions,
        seen=tally.seen,
        engaged=tally.engaged,
        events=dict(sorted(tally.events.items())),
        engagement_rate=Bounded.of(report.rate),
        difference=Bounded.of(compared.difference) if compared else None,
        uplift=Bounded.of(compared.uplift) if compared else None,
        p_value=compared.p_value if compared else None,
    )


def _sample_ratio(report: Report) -> SampleRatioAnswer | None:
    found = report.sample_ratio
    if found is None:
        return None
    names = [variant.name for variant in report.experiment.variants]
    return SampleRatioAnswer(
        expected=dict(zip(names, found.expected, strict=True)),
        chi_square=found.statistic,
        p_value=found.p_value,
        mismatch=found.mismatch,
    )
