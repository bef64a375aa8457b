"""Measures of policies to intervals, to Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.estimators import Interval, bootstrap_mean, paired_difference

_SEED = 20_240_601


@dataclass(frozen=True, slots=True)
class Row:
    """One policy: measures with their intervals over viewers, what it gains over `ours`, and
    figures of all viewers together, which have no interval."""

    policy: str
    measures: Mapping[str, Interval]
    difference: Interval
    totals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Table:
    """`compared`: the measure whose paired difference to ours is shown."""

    title: str
    compared: str
    rows: Sequence[Row]

    def of(self, policy: str) -> Row:
        """The row of a policy. Raises KeyError for one that was not run."""
        for row in self.rows:
            if row.policy == policy:
                return row
        raise KeyError(policy)


def table(
    title: str,
    by_policy: Mapping[str, Mapping[str, NDArray[np.float64]]],
    *,
    compared: str,
    reference: str,
    totals: Mapping[str, Mapping[str, float]] | None = None,
) -> Table:
    """Intervals of every measure over viewers (bootstrap, 95 %), paired against `reference`."""
    ours = by_policy[reference][compared]
    return Table(
        title,
        compared,
        [
            Row(
                policy,
                {name: bootstrap_mean(values, seed=_SEED) for name, values in measures.items()},
                paired_difference(measures[compared], ours, seed=_SEED),
                (totals or {}).get(policy, {}),
            )
            for policy, measures in by_policy.items()
        ],
    )


def markdown(shown: Table, reference: str) -> str:
    """A table of `mean [low, high]`."""
    first = shown.rows[0]
    head = ["policy", *first.measures, f"{shown.compared} − {reference}", *first.totals]
    lines = [f"### {shown.title}", "", _line(head), _line(["---"] * len(head))]
    for row in shown.rows:
        difference = "–" if row.policy == reference else _signed(row.difference)
        name = f"**{row.policy}**" if row.policy == reference else row.policy
        cells = [_plain(interval) for interval in row.measures.values()]
        lines.append(
            _line([name, *cells, difference, *(f"{total:.3f}" for total in row.totals.values())])
        )
    return "\n".join(lines) + "\n"


def as_json(shown: Table) -> dict[str, object]:
    """The same figures, unrounded."""
    return {
        row.policy: {
            **{name: list(interval) for name, interval in row.measures.items()},
            f"difference of {shown.compared}": list(row.difference),
            **row.totals,
        }
        for row in shown.rows
    }


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(interval: Interval) -> str:
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _signed(interval: Interval) -> str:
    return f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
