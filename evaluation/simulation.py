"""Worlds, policies and protocols together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.lineup import OURS, ablations, main_lineup, of_loop
from evaluation.policies.calibrating import calibrate
from evaluation.protocols.loop import LoopResult, run_loop
from evaluation.protocols.static import Measured, run_static
from evaluation.tables import Table, table
from evaluation.world.world import WorldSize, make_world


@dataclass(frozen=True, slots=True)
class Plan:
    """`worlds` worlds of seeds `seed`, `seed` + 1, …, each of `size`; `loop_viewers` of each."""

    seed: int
    worlds: int
    size: WorldSize
    loop_viewers: int
    ablate: bool


def simulate(plan: Plan) -> list[Table]:
    """The tables of both protocols, and of the ablations where they are asked for."""
    static: list[Mapping[str, Measured]] = []
    ablated: list[Mapping[str, Measured]] = []
    looped: list[Mapping[str, LoopResult]] = []
    for seed in range(plan.seed, plan.seed + plan.worlds):
        world = make_world(seed, plan.size)
        calibrations = calibrate(world, seed=seed)
        lineup = main_lineup(calibrations)
        static.append(run_static(world, lineup, seed=seed))
        looped.append(run_loop(world, of_loop(lineup), seed=seed, viewers=plan.loop_viewers))
        if plan.ablate:
            changed = ablations(calibrations, calibrate(world, seed=seed, cone_kept=True))
            ablated.append(run_static(world, changed, seed=seed))
    tables = [
        _static_table("One feed after the past", static),
        _loop_table("Ten feeds over five days, learning from the answers", looped),
    ]
    if plan.ablate:
        both = [{**before, **after} for before, after in zip(static, ablated, strict=True)]
        shown = [{OURS: one[OURS], **after} for one, after in zip(both, ablated, strict=True)]
        tables.append(_static_table("One thing changed", shown))
    return tables


def _static_table(title: str, worlds: Sequence[Mapping[str, Measured]]) -> Table:
    return table(title, _joined(worlds), compared="nDCG@10", reference=OURS)


def _loop_table(title: str, worlds: Sequence[Mapping[str, LoopResult]]) -> Table:
    by_viewer = [{name: result.by_viewer for name, result in world.items()} for world in worlds]
    totals = {
        name: {
            "authors": float(np.mean([world[name].author_coverage for world in worlds])),
            "catalogue": float(np.mean([world[name].catalogue_coverage for world in worlds])),
        }
        for name in worlds[0]
    }
    return table(title, _joined(by_viewer), compared="mean utility", reference=OURS, totals=totals)


def _joined(
    worlds: Sequence[Mapping[str, Measured]],
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Viewers of all worlds in one column a policy and measure."""
    return {
        policy: {
            name: np.concatenate([world[policy][name] for world in worlds]) for name in measured
        }
        for policy, measured in worlds[0].items()
    }
