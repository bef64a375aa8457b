"""`python -m orchestrator.experiments report`: print what came of the experiment of a service.

Exit codes: 0 printed, 1 the variants' viewers are not as the shares say, 2 there is no answer.
"""

import argparse
import sys
from collections.abc import Sequence
from urllib.parse import quote

from orchestrator.errors import NotFound, StartupError, Unavailable
from orchestrator.experiments.table import table
from orchestrator.running_service import RunningService, take_url

DONE, MISMATCH, NO_ANSWER = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    try:
        options = _options(arguments)
        service = RunningService(options.url)
        name = options.name or _configured(service)
        report = service.get(f"/v1/experiments/{quote(name, safe='')}", since=options.since)
    except (NotFound, StartupError, Unavailable) as exc:
        sys.stderr.write(f"experiments: {exc.detail}\n")
        return NO_ANSWER
    sys.stdout.write(f"{table(report)}\n")
    found = report["sample_ratio"]
    return MISMATCH if found and found["mismatch"] else DONE


def _configured(service: RunningService) -> str:
    items = service.get("/v1/experiments")["items"]
    if not items:
        raise NotFound("no experiment is configured there; see FEEDLENS_EXPERIMENT")
    return str(items[0]["name"])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator.experiments",
        description="Print what came of an experiment, asked of a running service.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="counts, rates and uplifts by variant")
    report.add_argument("name", nargs="?", help="of the experiment; the configured one if left out")
    take_url(report)
    report.add_argument("--since", metavar="DATE", help="count sessions from then on, RFC 3339")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
