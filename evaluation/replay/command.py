"""`python -m evaluation replay`: is the candidate not worse? The exit code says."""

import argparse
import math
import sys
from pathlib import Path

from evaluation.replay.comparison import Bootstrap, Comparison, compare
from evaluation.replay.errors import BadInput
from evaluation.replay.impressions import read_log
from evaluation.replay.weight_file import read_weights
from ranking.estimators import Interval
from ranking.weights import WeightTable

NOT_WORSE, WORSE, BAD_INPUT = 0, 1, 2
_JUDGED = ("nDCG@10", "SNIPS")
_FEW_VIEWERS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("log", type=Path, help="impressions, one JSON object a line")
    parser.add_argument("--candidate", type=Path, required=True, help="weights (JSON) to judge")
    parser.add_argument("--baseline", type=Path, help="weights to judge against; the guide's")
    parser.add_argument("--margin", type=_margin, default=0.0, help="loss that is still accepted")
    parser.add_argument("--samples", type=_samples, default=1000, help="bootstrap resamples")
    parser.add_argument("--seed", type=_seed, default=7, help="of the bootstrap")
    parser.add_argument("--clip", type=_clip, default=100.0, help="largest importance weight")


def run(options: argparse.Namespace) -> int:
    """Compare and print. 0: candidate not worse, 1: worse (or not shown), 2: bad input."""
    bootstrap = Bootstrap(options.samples, options.seed, options.clip)
    try:
        candidate = read_weights(options.candidate)
        baseline = read_weights(options.baseline) if options.baseline else WeightTable()
        comparison = compare(read_log(options.log), candidate, baseline, bootstrap)
        _judgeable(comparison, options.log)
    except BadInput as fault:
        print(f"error: {fault}", file=sys.stderr)
        return BAD_INPUT
    worse = [name for name in _JUDGED if comparison.measures[name].difference.low < -options.margin]
    print(_report(comparison, options.margin, worse))
    return WORSE if worse else NOT_WORSE


def _judgeable(comparison: Comparison, log: Path) -> None:
    """Refuse what no interval can be had from: it would pass every candidate."""
    if comparison.lists == 0:
        raise BadInput(f"{log}: holds no impressions")
    if comparison.viewers < 2:
        raise BadInput(f"{log}: one viewer alone gives no interval")
    if comparison.rewarded == 0:
        raise BadInput(f"{log}: no impression has a reward")
    for name in _JUDGED:
        if math.isnan(comparison.measures[name].difference.low):
            raise BadInput(
                f"{log}: {name} can't be estimated: no item was served where a table puts it"
            )


def _report(comparison: Comparison, margin: float, worse: list[str]) -> str:
    lines = [
        f"{comparison.lists:,} lists of {comparison.viewers:,} viewers,"
        f" {comparison.rewarded:,} with a reward",
        "",
        "| measure | candidate | baseline | candidate − baseline |",
        "| --- | --- | --- | --- |",
    ]
    for name, compared in comparison.measures.items():
        lines.append(
            f"| {name} | {_plain(compared.candidate)} | {_plain(compared.baseline)}"
            f" | {_signed(compared.difference)} |"
        )
    lines.append("")
    if comparison.viewers < _FEW_VIEWERS:
        lines.append(f"Few viewers ({comparison.viewers}): the intervals are too narrow.")
    if worse:
        lines.append(f"Worse, or not shown not to be: {', '.join(worse)} (margin {margin:g}).")
    else:
        lines.append(f"Not worse: {' and '.join(_JUDGED)} (margin {margin:g}).")
    return "\n".join(lines)


def _plain(interval: Interval) -> str:
    return f"{interval.estimate:.4f} [{interval.low:.4f}, {interval.high:.4f}]"


def _signed(interval: Interval) -> str:
    return f"{interval.estimate:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"


def _margin(text: str) -> float:
    return _bounded(float(text), 0.0, "must be ≥ 0")


def _clip(text: str) -> float:
    return _bounded(float(text), 1.0, "must be ≥ 1")


def _samples(text: str) -> int:
    return int(_bounded(int(text), 100, "must be 100 or more"))


def _seed(text: str) -> int:
    return int(_bounded(int(text), 0, "must be ≥ 0"))


def _bounded(value: float, least: float, fault: str) -> float:
    if not least <= value < math.inf:
        raise argparse.ArgumentTypeError(fault)
    return value
