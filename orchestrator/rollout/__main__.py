"""`python -m orchestrator.rollout`: show the flags, or set some, beside a service that runs."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from orchestrator.errors import StartupError
from orchestrator.rollout.flags import SWITCH, WrittenFlags, check_percent, sources
from orchestrator.rollout.flags_file import changing, check_legacy, read_flags
from orchestrator.settings import Settings, load_settings

DONE, REFUSED = 0, 1
_ON = {"on": True, "off": False}


def main(arguments: Sequence[str] | None = None) -> int:
    """REFUSED, and one line that says why, where nothing was written; argparse exits with 2."""
    try:
        options = _options(arguments)
        settings = load_settings()
        if options.command == "set":
            _set(settings, _changes(options))
        _show(settings)
    except (StartupError, OSError, ValueError) as exc:
        sys.stderr.write(f"rollout: {exc}\n")
        return REFUSED
    return DONE


def _set(settings: Settings, changes: WrittenFlags) -> None:
    path = settings.flags_file
    with changing(path) as write:
        written = _written(path).changed(changes)
        check_legacy(written.over(settings.flags), has_legacy=settings.legacy.read)
        write(written)


def _written(path: Path) -> WrittenFlags:
    try:
        return read_flags(path)
    except ValueError as exc:
        raise ValueError(f"the flags of {path}: {exc}; mend it, or move it away") from exc


def _show(settings: Settings) -> None:
    path = settings.flags_file
    written = _written(path)
    flags, origins = written.over(settings.flags), sources(written, settings.flags)
    for name, value in (
        (SWITCH, "on" if flags.use_multimodal_embeddings else "off"),
        ("percent", f"{flags.percent:g}"),
        ("shadow_percent", f"{flags.shadow_percent:g}"),
    ):
        sys.stdout.write(f"{name:<26} {value:<6} ({origins[name]})\n")
    there = "" if path.exists() else " (not there; all is as in the settings)"
    sys.stdout.write(f"{'file':<26} {path.resolve()}{there}\n")


def _changes(options: argparse.Namespace) -> WrittenFlags:
    return WrittenFlags(
        None if options.multimodal is None else _ON[options.multimodal],
        options.percent,
        options.shadow_percent,
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator.rollout",
        description="Who gets the multimodal feed. Run it with the settings of the service, which "
        "follows within a second.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="print the flags, and where each comes from")
    change = commands.add_parser("set", help="write flags; what is not named stays as it is")
    change.add_argument("--multimodal", choices=list(_ON), help="off: everyone gets the legacy one")
    change.add_argument("--percent", type=_percent, metavar="N", help="of the viewers, 0 to 100")
    change.add_argument("--shadow-percent", type=_percent, metavar="N", help="of the new sessions")
    parsed = parser.parse_args(arguments)
    if parsed.command == "set" and _changes(parsed) == WrittenFlags():
        change.error("name what to set: --multimodal, --percent, --shadow-percent")
    return parsed


def _percent(text: str) -> float:
    try:
        return check_percent(float(text))
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


if __name__ == "__main__":
    sys.exit(main())
