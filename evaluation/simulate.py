"""`python -m evaluation simulate`: the made world's tables."""

import argparse
import json
from pathlib import Path

from evaluation.lineup import OURS
from evaluation.simulation import Plan, simulate
from evaluation.tables import Table, as_json, markdown
from evaluation.world.world import WorldSize

FEWEST_POSTS = 500
"""Of fewer, three days hold too little to choose from, and calibrations too little to be fitted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--seed", type=_seed, default=101, help="seed of the first world")
    parser.add_argument("--worlds", type=_count, default=3, help="worlds, one seed each")
    parser.add_argument("--viewers", type=_count, default=100, help="viewers of a world")
    parser.add_argument("--posts", type=_posts, default=4000, help="posts of a world")
    parser.add_argument("--loop-viewers", type=_count, default=30, help="of them in the loop")
    parser.add_argument("--out", type=Path, help="write the tables (Markdown) here")
    parser.add_argument("--json", type=Path, help="write the unrounded figures here")
    parser.add_argument("--ablate", action="store_true", help="also ours with one thing changed")


def run(options: argparse.Namespace) -> int:
    """Simulate, print, write; answers the exit code."""
    size = WorldSize(viewers=options.viewers, posts=options.posts)
    plan = Plan(
        seed=options.seed,
        worlds=options.worlds,
        size=size,
        loop_viewers=min(options.loop_viewers, options.viewers),
        ablate=options.ablate,
    )
    tables = simulate(plan)
    report = _report(_command(options), plan, tables)
    print(report)
    if options.out:
        options.out.write_text(report, encoding="utf-8")
    if options.json:
        figures = {shown.title: as_json(shown) for shown in tables}
        options.json.write_text(
            json.dumps({"command": _command(options), "tables": figures}, indent=1), "utf-8"
        )
    return 0


def _command(options: argparse.Namespace) -> str:
    ablate = " --ablate" if options.ablate else ""
    return (
        f"python -m evaluation simulate --seed {options.seed} --worlds {options.worlds}"
        f" --viewers {options.viewers} --posts {options.posts}"
        f" --loop-viewers {options.loop_viewers}{ablate}"
    )


def _report(command: str, plan: Plan, tables: list[Table]) -> str:
    head = (
        f"Made by `{command}`: {plan.worlds} worlds of {plan.size.posts:,} posts,"
        f" {plan.worlds * plan.size.viewers} viewers"
        f" ({plan.worlds * plan.loop_viewers} in the second table)."
        " Mean [95 % bootstrap interval over viewers].\n"
    )
    return "\n".join([head, *(markdown(shown, OURS) for shown in tables)])


def _count(text: str) -> int:
    return _at_least(1, text)


def _posts(text: str) -> int:
    return _at_least(FEWEST_POSTS, text)


def _seed(text: str) -> int:
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    count = int(text)
    if count < least:
        raise argparse.ArgumentTypeError(f"must be {least} or more")
    return count
