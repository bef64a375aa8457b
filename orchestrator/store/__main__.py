"""`python -m orchestrator.store`: make and check a store's collections, copy a whole store.

Exit codes: 0 all is as it should be, 1 something is not or the command failed, 3 nothing is wrong
but a collection is not there yet.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from typing import NoReturn

from tqdm import tqdm

from orchestrator.deadline import Deadline
from orchestrator.errors import FeedlensError, StartupError
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.schema import schema_of
from orchestrator.settings import Settings, load_settings
from orchestrator.store.checking import (
    Expected,
    Finding,
    check,
    create,
    expected_legacy,
    expected_posts,
)
from orchestrator.store.collection import IndexKind
from orchestrator.store.copying import Copied, Step, copy_store, require_something
from orchestrator.store.generations import Registry
from orchestrator.store.legacy.posts import legacy_indexes
from orchestrator.store.place import EMBEDDED, Place, Sight, is_same, look_at, open_place
from orchestrator.store.served.naming import named_by

DONE, FAILED, NOT_YET, INTERRUPTED = 0, 1, 3, 130
_MOST_AT_A_TIME = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """FAILED, and one line that says why, where something is not as it should be."""
    options = _options(arguments)
    try:
        settings = load_settings()
        return asyncio.run(_COMMANDS[options.command](settings, options))
    except (FeedlensError, OSError) as exc:
        sys.stderr.write(f"store: {exc}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("store: stopped; the same command goes on where it was\n")
        return INTERRUPTED


async def _copy(settings: Settings, options: argparse.Namespace) -> int:
    if is_same(options.source, options.target):
        raise StartupError(f"{options.source} and {options.target} are the same place")
    async with AsyncExitStack() as opened:
        source = _open(options.source, settings, opened, make=False)
        await require_something(source)
        target = _open(options.target, settings, opened, make=True)
        with _Bars() as bars:
            copied = await copy_store(
                source, target, _legacy(settings), batch=options.batch, advance=bars.advance
            )
    for one in copied:
        _say(_told(one))
    return DONE


async def _create(settings: Settings, options: argparse.Namespace) -> int:
    async with AsyncExitStack() as opened:
        place = _open(options.store or store_name(settings), settings, opened, make=True)
        with named_by("FEEDLENS_QDRANT_URL") if not options.store else nullcontext():
            wanted = await _wanted(settings, place, opened)
            await create(place, wanted.here, wanted.registry, _legacy(settings))
        return await _report(settings, place, wanted, opened)


async def _check(settings: Settings, options: argparse.Namespace) -> int:
    async with AsyncExitStack() as opened:
        place = look_at(options.store or store_name(settings), settings.qdrant)
        opened.push_async_callback(place.close)
        with named_by("FEEDLENS_QDRANT_URL") if not options.store else nullcontext():
            wanted = await _wanted(settings, place, opened)
        return await _report(settings, place, wanted, opened)


_COMMANDS = {"copy": _copy, "create": _create, "check": _check}


def store_name(settings: Settings) -> str:
    """The store that the service works with, as a place is named."""
    return settings.qdrant_url or f"{EMBEDDED}{settings.store_path}"


def _open(name: str, settings: Settings, opened: AsyncExitStack, *, make: bool) -> Place:
    place = open_place(name, settings.qdrant, make=make)
    opened.push_async_callback(place.close)
    return place


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What must be at the store's place, and at FEEDLENS_LEGACY__URL where that is another."""

    registry: Registry
    here: list[Expected]
    elsewhere: list[Expected]


async def _wanted(settings: Settings, place: Sight, opened: AsyncExitStack) -> _Wanted:
    """What the models that Triton serves need, and the settings ask for."""
    client = TritonClient(TritonAddress(settings.triton_url))
    opened.push_async_callback(client.close)
    models = TritonModels(client)
    deadline = Deadline.after(settings.canary_timeout_s)
    registry, expected = await expected_posts(place, schema_of(await models.fingerprints(deadline)))
    url = settings.legacy.url
    if not settings.legacy.is_used and url is None:
        return _Wanted(registry, expected, [])
    legacy = expected_legacy((await models.legacy_fingerprint(deadline)).dimension)
    if url is None or is_same(url, place.name):
        return _Wanted(registry, [*expected, legacy], [])
    return _Wanted(registry, expected, [legacy])


def _legacy(settings: Settings) -> Mapping[str, IndexKind]:
    return legacy_indexes(settings.legacy.keys)


async def _report(settings: Settings, place: Sight, wanted: _Wanted, opened: AsyncExitStack) -> int:
    findings = await check(place, wanted.here)
    _tell(place, findings)
    if settings.legacy.url and wanted.elsewhere:
        old = look_at(settings.legacy.url, settings.qdrant)
        opened.push_async_callback(old.close)
        with named_by("FEEDLENS_LEGACY__URL"):
            found = await check(old, wanted.elsewhere)
        _tell(old, found)
        findings += found
    if all(finding.is_good for finding in findings):
        return DONE
    if any(finding.found is not None and not finding.is_good for finding in findings):
        return FAILED
    _say("nothing is wrong: what is missing is made on first use, or by the command create")
    return NOT_YET


def _tell(place: Sight, findings: Sequence[Finding]) -> None:
    _say(place.name)
    for finding in findings:
        _say(f"{finding.collection:<20} {finding.verdict}")
        if not finding.is_good:
            _say(f"  found     {finding.found or 'no such collection'}")
            _say(f"  expected  {finding.expected}")


def _told(copied: Copied) -> str:
    return (
        f"{copied.collection:<20} {copied.points:>9,} points equal, {copied.written:,} of them "
        f"written now; checksum {copied.checksum}"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


class _Bars:
    """A bar for each step, where standard error is a terminal."""

    def __init__(self) -> None:
        self._step: str | None = None
        self._bar: tqdm[NoReturn] = tqdm(disable=True)

    def __enter__(self) -> "_Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def advance(self, step: Step) -> None:
        """Count the points of a step."""
        if step.name != self._step:
            self._bar.close()
            self._step = step.name
            self._bar = tqdm(total=step.total, desc=step.name, unit=" points", disable=None)
        self._bar.update(step.points)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator.store",
        description="Make and check a store's collections, or copy a whole store. A place is "
        "embedded:FOLDER, http(s)://HOST:PORT, or path:/FOLDER for the Qdrant client's local mode.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command, does in (
        ("create", "make the collections that the served models need; alter none that is there"),
        ("check", "compare the collections with what the served models need; change nothing"),
    ):
        one = commands.add_parser(command, help=does)
        one.add_argument("--store", metavar="PLACE", help="left out, that of the settings")
    copy = commands.add_parser("copy", help="copy posts, events and the old system's collection")
    copy.add_argument("--from", dest="source", required=True, metavar="PLACE")
    copy.add_argument("--to", dest="target", required=True, metavar="PLACE")
    copy.add_argument("--batch", type=_batch, default=500, metavar="N", help="points at a time")
    return parser.parse_args(arguments)


def _batch(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST_AT_A_TIME:
        raise argparse.ArgumentTypeError(f"must be from 1 to {_MOST_AT_A_TIME}, not {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
