"""`python -m orchestrator.generations`: change the models of a running service, and back.

Exit codes: 0 done, 1 a backfill left posts without vectors (its report names them), 2 there is no
answer or the service refused; Ctrl-C during a backfill leaves it running, 130.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from orchestrator.errors import StartupError, Unavailable
from orchestrator.running_service import RunningService, take_url

DONE, INCOMPLETE, REFUSED, INTERRUPTED = 0, 1, 2, 130
_PATH = "/v1/generations"
_POLL_S = 1.0

Command = Callable[[RunningService, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    try:
        options = _parser().parse_args(arguments)
        command: Command = options.run
        return command(RunningService(options.url), options)
    except (StartupError, Unavailable) as exc:
        sys.stderr.write(f"generations: {exc.detail}\n")
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("generations: a backfill goes on in the service; stop ends it\n")
        return INTERRUPTED


def _list(service: RunningService, _: argparse.Namespace) -> int:
    found = service.get(_PATH)
    for generation in found["generations"]:
        _say(_line(generation))
    if found["followed"] or found["missed"]:
        _say(f"uploads into those beside: {found['followed']}, missed {found['missed']}")
    return DONE


def _connect(service: RunningService, options: argparse.Namespace) -> int:
    _say(_line(service.ask("POST", _PATH, body={"triton_url": options.triton})))
    return DONE


def _backfill(service: RunningService, options: argparse.Namespace) -> int:
    path = f"{_path(options)}/backfill"
    run = service.ask("POST", path, query={"workers": options.workers})
    while run["state"] == "running":
        time.sleep(_POLL_S)
        (generation,) = (
            each for each in service.get(_PATH)["generations"] if each["id"] == options.id
        )
        run = generation["backfill"]
        _say(_progress(run))
    return DONE if run["state"] == "done" and not run["failed"] else INCOMPLETE


def _stop(service: RunningService, options: argparse.Namespace) -> int:
    service.ask("DELETE", f"{_path(options)}/backfill")
    return DONE


def _compare(service: RunningService, options: argparse.Namespace) -> int:
    query = {"posts": options.posts, "viewers": options.viewers}
    found = service.get(f"{_path(options)}/comparison", **query)
    for modality, share in found["neighbours"].items():
        count = found["posts"][modality]
        _say(f"{modality}: {_number(share)} of the ten nearest are the same ({count} posts)")
    for name, value in found["feeds"].items():
        _say(f"feeds, {name}: {_number(value)} ({found['viewers']} viewers)")
    return DONE


def _activate(service: RunningService, options: argparse.Namespace) -> int:
    query = {"force": "true"} if options.force else None
    _say(_line(service.ask("POST", f"{_path(options)}/activate", query=query)))
    return DONE


def _drop(service: RunningService, options: argparse.Namespace) -> int:
    service.ask("DELETE", _path(options))
    return DONE


def _path(options: argparse.Namespace) -> str:
    return f"{_PATH}/{quote(options.id, safe='')}"


def _line(generation: Mapping[str, Any]) -> str:
    share = generation["filled_share"]
    state = "serves" if generation["active"] else "beside"
    where = "" if generation["connected"] else ", no Triton with its models"
    models = " and ".join(generation["fingerprints"].values())
    filled = "no posts" if share is None else f"{share:.1%} filled"
    return f"{generation['id']}  {state}{where}  {filled}  {models}"


def _progress(run: Mapping[str, Any]) -> str:
    failed = f", {run['failed']} failed: {run['reasons']}, see {run['report']}"
    return (
        f"backfill {run['state']}: {run['filled']} filled, {run['known']} were before"
        f"{failed if run['failed'] else ''}"
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator.generations",
        description="Change the models of a running service, and back; see docs/migration.md.",
    )
    take_url(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, what: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.set_defaults(run=run)
        return command

    add("list", _list, "the generations, which serves, and how far each is filled")
    connect = add("connect", _connect, "take in the models of another Triton")
    connect.add_argument("triton", metavar="HOST:PORT", help="its gRPC")
    by_id = {
        name: add(name, run, what)
        for name, run, what in (
            ("backfill", _backfill, "make the vectors of all posts, and wait for it"),
            ("stop", _stop, "stop a backfill; the next one goes on"),
            ("compare", _compare, "compare with the one that serves"),
            ("activate", _activate, "let it serve"),
            ("drop", _drop, "delete one that does not serve, and its vectors"),
        )
    }
    for command in by_id.values():
        command.add_argument("id")
    by_id["backfill"].add_argument("--workers", type=int, default=4)
    by_id["compare"].add_argument("--posts", type=int, default=50)
    by_id["compare"].add_argument("--viewers", type=int, default=20)
    by_id["activate"].add_argument("--force", action="store_true", help="though vectors lack")
    return parser


if __name__ == "__main__":
    sys.exit(main())
