"""`python -m evaluation simulate | replay | log`."""

import argparse
import sys

from evaluation import simulate
from evaluation.replay import command as replay
from evaluation.replay import sample

_COMMANDS = {
    "simulate": (simulate, "policies in a made world, as Markdown tables"),
    "replay": (replay, "two weight tables on logged impressions, with an exit code"),
    "log": (sample, "write a log of impressions from the made world"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands; answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m evaluation")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, purpose) in _COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=purpose, description=purpose))
    options = parser.parse_args(arguments)
    module, _ = _COMMANDS[options.command]
    code: int = module.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
