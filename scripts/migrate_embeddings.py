"""Migrate the posts of the ViT-only system into the new collection.

Reads media_embeddings, fetches each medium, extracts it, and writes media_embeddings_v2. Posts that
are there already are left as they are, so that the same command goes on after a kill, and uploads
may go on meanwhile. Settings are those of the orchestrator, from the environment:

  FEEDLENS_LEGACY__URL           the Qdrant that has the old collection, if the store's has it not
  FEEDLENS_LEGACY__KEYS__*       names in its payloads
  FEEDLENS_MEDIA__FOLDER         what paths of media lie in
  FEEDLENS_MEDIA__ALLOWED_HOSTS  where media are fetched from over HTTP: a.example,*.b.example
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestrator.errors import FeedlensError, Unavailable
from orchestrator.migration.command import AGAIN, UNUSABLE, Command
from orchestrator.migration.options import Options
from orchestrator.runs.errors import RunStopped
from orchestrator.settings import Settings, load_settings

_REPORT = "migration.jsonl"
_EXIT_CODES = """\
exit codes:
  0  everything is migrated, and verified if that was asked for
  1  the command or a setting is wrong, or what it needs is not there
  3  some posts failed: see the report, and --retry
  4  stopped, or models or stores were away for too long: run the same command again
  5  --verify found posts that are missing or unlike what they should be
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(UNUSABLE, f"migrate: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for chatty in ("httpx", "qdrant_client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        settings = load_settings()
        command = Command(settings, _options(arguments, settings), sys.stdout, sys.stderr)
        return asyncio.run(command.run())
    except RunStopped as exc:
        sys.stderr.write(f"migrate: {exc}; run the same command again\n")
        return AGAIN
    except Unavailable as exc:
        sys.stderr.write(f"migrate: {exc.detail}; run the same command again\n")
        return AGAIN
    except FeedlensError as exc:
        sys.stderr.write(f"migrate: {exc.detail}\n")
        return UNUSABLE
    except KeyboardInterrupt:
        sys.stderr.write("migrate: told to stop; run the same command again\n")
        return AGAIN


def _options(arguments: Sequence[str] | None, settings: Settings) -> Options:
    parser = _Parser(
        prog="migrate_embeddings.py",
        description=__doc__,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check every path and address, and count; no medium is fetched, nothing is stored",
    )
    parser.add_argument("--limit", type=_whole(1), metavar="N", help="try N posts at most")
    parser.add_argument(
        "--parallel",
        type=_whole(1),
        default=2 * (os.cpu_count() or 1),
        metavar="N",
        help="posts worked on at once; twice the cores if left out, more where Triton has a GPU",
    )
    parser.add_argument(
        "--patience",
        type=_whole(0),
        default=600,
        metavar="SECONDS",
        dest="patience_s",
        help="how long models and stores may be away",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=f"of what failed, a JSON object a line; {_REPORT} beside the store if left out, "
        "none with --dry-run",
    )
    parser.add_argument(
        "--retry", type=Path, metavar="FILE", help="take the posts of this report alone"
    )
    parser.add_argument(
        "--service",
        metavar="URL",
        help="go through a running orchestrator, which alone has its embedded store",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="at the end, look for every post, and make some again to compare them",
    )
    parser.add_argument("--verify-only", action="store_true", help="verify, migrate nothing")
    parser.add_argument(
        "--spot-checks", type=_whole(0), default=20, metavar="N", help="posts that are made again"
    )
    parser.add_argument(
        "--seed", type=_whole(0), default=0, metavar="N", help="of the drawing of spot checks"
    )
    parsed = parser.parse_args(arguments)
    if parsed.dry_run and (parsed.verify or parsed.verify_only):
        parser.error("--dry-run writes nothing that could be verified")
    if parsed.report is None and not parsed.dry_run:
        parsed.report = settings.store_path / _REPORT
    return Options(**vars(parsed))


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more, not {number}")
        return number

    parse.__name__ = "whole number"
    return parse


if __name__ == "__main__":
    sys.exit(main())
