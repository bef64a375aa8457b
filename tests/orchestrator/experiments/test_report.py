import pytest

from orchestrator.experiments.experiment import Experiment, Variant
from orchestrator.experiments.ratio import RatioSums, compare, ratio
from orchestrator.experiments.report import Counted, make_report
from orchestrator.experiments.tally import Tally

EXPERIMENT = Experiment(
    "colours", (Variant("calm", 1), Variant("bold", 1), Variant("loud", 2)), "bold", "salt"
)


def tally(viewers: int, engaged: int) -> Tally:
    """Of viewers with ten impressions each, of whom `engaged` answered one."""
    sums = RatioSums(
        viewers=viewers, x=10 * viewers, y=engaged, xx=100 * viewers, xy=10 * engaged, yy=engaged
    )
    return Tally(sessions=viewers, engagement=sums)


def counted(*tallies: Tally, crossed: int = 0, cut: int = 0) -> Counted:
    return Counted(dict(zip(("calm", "bold", "loud"), tallies, strict=True)), None, crossed, cut)


def test_each_is_held_to_the_control() -> None:
    tallies = [tally(1000, 100), tally(1000, 120), tally(2000, 400)]
    found = make_report(EXPERIMENT, counted(*tallies))
    calm, bold, loud = (ratio(each.engagement) for each in tallies)
    assert calm is not None
    assert bold is not None
    assert loud is not None
    assert [each.rate for each in found.variants] == [calm, bold, loud]
    assert [each.against_control for each in found.variants] == [
        compare(calm, bold),
        None,
        compare(loud, bold),
    ]
    uplifts = [each.against_control.uplift for each in found.variants if each.against_control]
    assert [uplift.value for uplift in uplifts if uplift] == pytest.approx([-1 / 6, 2 / 3])
    assert found.sample_ratio is not None
    assert found.sample_ratio.statistic == 0
    assert found.warnings == ()


def test_nobody_yet() -> None:
    found = make_report(EXPERIMENT, counted(Tally(), Tally(), Tally()))
    assert (found.sample_ratio, found.warnings) == (
        None,
        ("nobody was served by the experiment yet",),
    )
    assert {each.rate for each in found.variants} == {None}
    assert {each.against_control for each in found.variants} == {None}


def test_what_to_beware_of() -> None:
    tallies = [tally(99, 50), tally(100, 19), tally(600, 60)]
    ratio_warning, *others = make_report(EXPERIMENT, counted(*tallies, crossed=3, cut=2)).warnings
    assert ratio_warning.startswith("sample ratio mismatch (p = ")
    assert others == [
        "calm: 99 viewers and 50 engaged impressions are too few to conclude anything; "
        "100 and 20 are the least",
        "bold: 100 viewers and 19 engaged impressions are too few to conclude anything; "
        "100 and 20 are the least",
        "3 viewers are left out: they were served by variants that they are not assigned to, as "
        "by name or before the shares changed",
        "of 2 viewers with very many events only the latest count",
    ]
