"""`python -m serving`: a supervised Triton until Ctrl-C, SIGTERM, or Triton's own death."""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from serving.console import WaitingLine
from serving.errors import ServingError, SettingsError
from serving.server import TritonServer
from serving.settings import TritonSettings, load_settings

_WATCH_EVERY_S = 0.5


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM."""


def main() -> int:
    """Serves until it is told to stop; the exit status is 0 then, and not 0 for any failure."""
    try:
        settings = _settings()
    except SettingsError as error:
        return _fail(str(error), status=2)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _request_stop)
    try:
        with TritonServer(settings, log_sink=_print_log, report=_print_report) as server:
            _serve(server)
    except ServingError as error:
        return _fail(str(error))
    except StopRequested:
        return 0
    return 0


def _serve(server: TritonServer) -> NoReturn:
    started_at = time.monotonic()
    waiting_line = WaitingLine()
    try:
        server.wait_ready(waiting_line)
    finally:
        waiting_line.clear()
    print(
        f"Triton is ready after {time.monotonic() - started_at:.1f} s:"
        f" HTTP {server.http_url}, gRPC {server.grpc_url}, metrics {server.metrics_url}",
        flush=True,
    )
    while True:
        server.supervise()
        time.sleep(_WATCH_EVERY_S)


def _settings() -> TritonSettings:
    """Settings from the environment; an option that is given wins."""
    parser = argparse.ArgumentParser(prog="python -m serving", description=__doc__)
    parser.add_argument("--model-repository", type=Path, metavar="DIR")
    for name in ("http", "grpc", "metrics"):
        parser.add_argument(f"--{name}-port", metavar="N")
    parser.add_argument("--model-config-name", metavar="cpu|gpu|tensorrt")
    parser.add_argument("--run-folder", type=Path, metavar="DIR", help="for Triton's log")
    given: dict[str, Any] = {
        key: value for key, value in vars(parser.parse_args()).items() if value is not None
    }
    return load_settings(**given)


def _request_stop(_number: int, _frame: object) -> None:
    # One is enough: a second Ctrl-C must not break off the orderly stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise StopRequested


def _print_log(line: str) -> None:
    print(f"triton: {line}", file=sys.stderr, flush=True)


def _print_report(line: str) -> None:
    print(f"serving: {line}", file=sys.stderr, flush=True)


def _fail(reason: str, status: int = 1) -> int:
    print(f"serving: {reason}", file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
