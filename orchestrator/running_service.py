"""A running service, as commands beside it ask it."""

import argparse
import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from orchestrator.errors import Unavailable
from orchestrator.settings import load_settings

_TIMEOUT_S = 600.0


class RunningService:
    """Asks the service at `url`; every call raises Unavailable, which says what it answered."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: object) -> Any:
        """The JSON at a path; a query of None is left out."""
        return self.ask("GET", path, query=query)

    def ask(self, method: str, path: str, *, query: Any = None, body: Any = None) -> Any:
        """What it answers to a request; None where that is nothing."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        address = f"{self.url}{path}{'?' if given else ''}{urlencode(given)}"
        request = Request(  # noqa: S310 - `service_url` has checked the scheme
            address,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                text = answer.read()
                return json.loads(text) if text else None
        except HTTPError as exc:
            with exc:
                raise Unavailable(f"{address}: {_detail(exc)}") from exc
        except (OSError, HTTPException, ValueError) as exc:
            raise Unavailable(
                f"{address} does not answer as Feedlens: {exc}; name the service with --url"
            ) from exc


def take_url(parser: argparse.ArgumentParser) -> None:
    """Take `--url`; left out, where FEEDLENS_HOST and FEEDLENS_PORT say. Raises StartupError."""
    url = load_settings().url
    parser.add_argument("--url", type=service_url, default=url, help=f"of the service: {url}")


def service_url(text: str) -> str:
    """The type of a command's argument."""
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"must begin with http:// or https://, not {text!r}")
    return text.rstrip("/")


def _detail(answer: HTTPError) -> str:
    try:
        return str(json.load(answer)["detail"])
    except (ValueError, LookupError, TypeError):
        return str(answer)
