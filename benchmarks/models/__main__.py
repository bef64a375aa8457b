"""`make bench-models`: the real perf_analyzer on every model, beside bare ONNX Runtime."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.models.analyzer import PROTOCOLS, Analyzer
from benchmarks.models.binary import find_binary
from benchmarks.models.cases import Catalogue
from benchmarks.models.errors import BenchmarkError
from benchmarks.models.results import Row, header, line, target_line, write_results
from benchmarks.models.session import Session
from benchmarks.models.targets import Target
from benchmarks.running import running_triton
from quickstart.errors import QuickstartError
from quickstart.weights import ensure_exported
from serving.cores import core_count
from serving.errors import ServingError
from serving.weights import FINGERPRINT

_REPOSITORY = Path("model_repository")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns 0 when every point was measured, reached or not."""
    try:
        return _bench(_parse(argv))
    except (BenchmarkError, ServingError, QuickstartError) as error:
        print(f"bench-models: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench-models: interrupted", file=sys.stderr)
        return 130


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.models", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--models", type=_names, metavar="A,B", help="default: all")
    parser.add_argument("--protocols", type=_protocols, default=PROTOCOLS, metavar="grpc,http")
    parser.add_argument("--concurrency", type=_numbers, default=(1, 2, 4, 8), metavar="1,2,4,8")
    parser.add_argument(
        "--measurement-s", type=float, default=4.0, metavar="S", help="a point (default: 4)"
    )
    parser.add_argument("--repository", type=Path, default=_REPOSITORY, metavar="DIR")
    parser.add_argument(
        "--server", type=_server, metavar="HTTP,GRPC",
        help="host:port twice, of a Triton that serves this repository (default: one is started)",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, default=Path(".cache/bench-models"), metavar="DIR")
    return parser.parse_args(argv)


def _bench(options: argparse.Namespace) -> int:
    binary = find_binary()
    if options.repository == _REPOSITORY:
        ensure_exported(_REPOSITORY)
    catalogue = Catalogue(options.repository)
    models = options.models or tuple(catalogue.configs)
    unknown = [model for model in models if model not in catalogue.configs]
    if unknown:
        raise BenchmarkError(f"no model {unknown[0]!r}, there are: {', '.join(catalogue.configs)}")
    machine = _machine(catalogue)
    print(machine, flush=True)
    with tempfile.TemporaryDirectory() as name, _served(options, Path(name)) as urls:
        analyzer = Analyzer(binary, urls, options.measurement_s)
        session = Session(analyzer, catalogue, Path(name), core_count())
        session.prepare(models)
        rows = _print_rows(session, models, options)
        targets = _print_targets(session, models, options)
    write_results(options.output, machine, rows, targets)
    print(f"written to {options.output}/models.md, models.csv and models.json")
    return 1 if any(row.measurement is None for row in rows) else 0


@contextmanager
def _served(options: argparse.Namespace, folder: Path) -> Iterator[dict[str, str]]:
    """host:port by protocol, of the server that is named or of one of our own."""
    if options.server is not None:
        yield options.server
        return
    with running_triton(options.repository, folder / "run") as triton:
        yield {"grpc": triton.grpc_url, "http": triton.http_url}


def _print_rows(session: Session, models: Sequence[str], options: argparse.Namespace) -> list[Row]:
    print(header(), flush=True)
    rows = []
    for row in session.rows(models, options.protocols, options.concurrency):
        print(line(row), flush=True)
        rows.append(row)
    return rows


def _print_targets(
    session: Session, models: Sequence[str], options: argparse.Namespace
) -> list[Target]:
    targets = []
    for target in session.targets(models, options.protocols[0]):
        print(target_line(target), flush=True)
        targets.append(target)
    return targets


def _machine(catalogue: Catalogue) -> str:
    """The machine and the weights, in one line: figures of others can't be compared."""
    cards = {
        model: json.loads((path.parent / FINGERPRINT).read_bytes())
        for model, path in catalogue.graphs.items()
    }
    weights = ", ".join(
        f"{model} {card['weights']} {card.get('precision', 'fp32')}"
        for model, card in cards.items()
    )
    return f"{platform.machine()}, {core_count()} of {os.cpu_count()} cores; weights: {weights}"


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, text.split(","))))


def _protocols(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not names or set(names) - set(PROTOCOLS):
        raise argparse.ArgumentTypeError(f"choose from {','.join(PROTOCOLS)}, not {text!r}")
    return names


def _server(text: str) -> dict[str, str]:
    urls = text.split(",")
    if len(urls) != 2 or not all(":" in url for url in urls):
        raise argparse.ArgumentTypeError(f"write HOST:HTTP_PORT,HOST:GRPC_PORT, not {text!r}")
    return {"http": urls[0], "grpc": urls[1]}


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(number) for number in _names(text))
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"concurrencies are numbers from 1, not {text!r}")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
