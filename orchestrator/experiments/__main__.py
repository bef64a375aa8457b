"""`python -m orchestrator.experiments report`: print what came of the experiment of a service.

Exit codes: 0 printed, 1 the variants' viewers are not as the shares say, 2 there is no answer.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

from orchestrator.errors import NotFound, Unavailable
from orchestrator.experiments.table import table

DONE, MISMATCH, NO_ANSWER = 0, 1, 2
_TIMEOUT_S = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    options = _options(arguments)
    try:
        name = options.name or _configured(options.url)
        query = f"?{urlencode({'since': options.since})}" if options.since else ""
        report = _get(f"{options.url}/v1/experiments/{quote(name, safe='')}{query}")
    except (NotFound, Unavailable) as exc:
        sys.stderr.write(f"experiments: {exc.detail}\n")
        return NO_ANSWER
    sys.stdout.write(f"{table(report)}\n")
    found = report["sample_ratio"]
    return MISMATCH if found and found["mismatch"] else DONE


def _configured(url: str) -> str:
    items = _get(f"{url}/v1/experiments")["items"]
    if not items:
        raise NotFound("no experiment is configured there; see FEEDLENS_EXPERIMENT")
    return str(items[0]["name"])


def _get(url: str) -> Any:
    try:
        # The scheme is checked where the argument is read.
        with urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)
    except HTTPError as exc:
        with exc:
            raise Unavailable(f"{url}: {_detail(exc)}") from exc
    except (OSError, HTTPException, ValueError) as exc:
        raise Unavailable(f"{url} does not answer as Feedlens: {exc}") from exc


def _detail(answer: HTTPError) -> str:
    try:
        return str(json.load(answer)["detail"])
    except (ValueError, LookupError, TypeError):
        return str(answer)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator.experiments",
        description="Print what came of an experiment, asked of a running service.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="counts, rates and uplifts by variant")
    report.add_argument("name", nargs="?", help="of the experiment; the configured one if left out")
    report.add_argument("--url", type=_url, default="http://127.0.0.1:8000", help="of the service")
    report.add_argument("--since", metavar="DATE", help="count sessions from then on, RFC 3339")
    return parser.parse_args(arguments)


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"must begin with http:// or https://, not {text!r}")
    return text.rstrip("/")


if __name__ == "__main__":
    sys.exit(main())
