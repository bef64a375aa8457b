"""`python -m orchestrator.calibrate`: fit the calibrations to the posts of a store.

Exit codes: 0 done, 2 the store can't be used or an argument is bad, 3 too few posts.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from orchestrator.errors import StartupError, StoreUnavailable
from orchestrator.feed.calibration import (
    FITTED_NAME,
    PRETRAINED,
    Fitted,
    load_calibrations,
    read_fitted,
    weights_of,
    write_fitted,
)
from orchestrator.feed.observations import MIN_LIKED, observe
from orchestrator.feed.recalibration import Refit, refit
from orchestrator.settings import load_settings
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.embedded.manifest import read_schema
from orchestrator.store.records import MODALITIES, Schema
from ranking.calibration import ModalityCalibrations
from ranking.fitting import separation

DONE, UNUSABLE, TOO_FEW = 0, 2, 3
_MOST = 20_000
"""Posts that each is compared with all the others."""
_SHARES = (0.05, 0.25, 0.50, 0.75, 0.95)
_NOTHING_MEANT = (
    "{weights} weights tell nothing of a picture or a text, so that it stays as it is; "
    "--force fits it all the same"
)


@dataclass(frozen=True, slots=True)
class Options:
    """The command's arguments; `shipped` are the maps of a store that was never calibrated."""

    store: Path
    shipped: Path
    sample: int
    seed: int
    dry_run: bool
    force: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    try:
        options = _options(arguments)
        return asyncio.run(calibrate(options, datetime.now(timezone.utc)))
    except (StartupError, StoreUnavailable) as exc:
        sys.stderr.write(f"calibrate: {exc.detail}\n")
        return UNUSABLE
    except OSError as exc:
        sys.stderr.write(f"calibrate: {exc}\n")
        return UNUSABLE


async def calibrate(options: Options, now: datetime) -> int:
    """Fit what can be fitted, print old and new, and write it; answers the exit code."""
    schema = read_schema(options.store)
    path = options.store / FITTED_NAME
    store = EmbeddedStore(options.store, schema)
    try:
        before = read_fitted(path)
        observed = await observe(store, count=options.sample, seed=options.seed)
        old = _current(options, schema, path)
        fitted: dict[str, Fitted] = {}
        lacking = False
        for modality in MODALITIES:
            fingerprint = schema.fingerprints[modality]
            _print(f"{modality}: {fingerprint}")
            weights = weights_of(fingerprint)
            if weights != PRETRAINED and not options.force:
                _print(f"  {_NOTHING_MEANT.format(weights=weights)}")
                continue
            try:
                new = refit(fingerprint, observed[modality], seed=options.seed, at=now)
            except ValueError as exc:
                _print(f"  left as it is: {exc}")
                lacking = True
                continue
            _print_table(new, old[modality])
            fitted[modality] = new.fitted
        if fitted and not options.dry_run:
            write_fitted(path, _still_true(before, schema) | fitted)
            _print(f"written to {path}; the orchestrator takes it at its next start")
    finally:
        await store.close()
    return TOO_FEW if lacking and not fitted else DONE


def _still_true(before: dict[str, Fitted], schema: Schema) -> dict[str, Fitted]:
    return {
        modality: one
        for modality, one in before.items()
        if one.origin.fingerprint == schema.fingerprints[modality]
    }


def _current(options: Options, schema: Schema, path: Path) -> dict[str, ModalityCalibrations]:
    """The maps that the store's models have now."""
    weights: dict[str, str] = {name: weights_of(schema.fingerprints[name]) for name in MODALITIES}
    maps = load_calibrations(
        options.shipped, weights, fitted=path, fingerprints=schema.fingerprints
    )
    return {"visual": maps.visual, "text": maps.text}


def _print_table(new: Refit, old: ModalityCalibrations) -> None:
    origin = new.fitted.origin
    related = (
        f"what {origin.viewers} viewers liked, {origin.liked} posts"
        if origin.liked
        else f"nearest posts, apart by construction (fewer than {MIN_LIKED} posts in histories)"
    )
    _print(f"  {origin.posts} posts; related are {related}")
    _print(
        "".join(["  map   sample      what    ", *(f"{f'q{share:.0%}':>8}" for share in _SHARES)])
    )
    for name, samples in new.samples.items():
        for kind, sample in (("background", samples.background), ("related", samples.related)):
            cosines = np.quantile(sample, _SHARES)
            for what, row in (
                ("cosine", cosines),
                ("old", getattr(old, name)(cosines)),
                ("new", getattr(new.fitted.calibrations, name)(cosines)),
            ):
                numbers = "".join(f"{number:8.3f}" for number in row)
                _print(f"  {name:<6}{kind:<12}{what:<8}{numbers}")
        auc = separation(samples.background, samples.related)
        _print(
            f"  {name:<6}AUC {auc:.3f} of {len(samples.related):,} related cosines "
            f"against {len(samples.background):,}"
        )


def _options(arguments: Sequence[str] | None) -> Options:
    settings = load_settings()
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator.calibrate",
        description="Fit the calibrations of cosines to the posts and events of an embedded "
        "store, which no other process may have open.",
    )
    parser.add_argument("--store", type=Path, default=settings.store_path, metavar="PATH")
    parser.add_argument(
        "--sample", type=_sample, default=5000, metavar="N", help=f"posts drawn, {_MOST:,} at most"
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the drawing")
    parser.add_argument("--dry-run", action="store_true", help="print alone, write nothing")
    parser.add_argument("--force", action="store_true", help="fit untrained weights too")
    parsed = parser.parse_args(arguments)
    return Options(shipped=settings.calibration_path, **vars(parsed))


def _sample(text: str) -> int:
    return _within(text, 1, _MOST)


def _seed(text: str) -> int:
    return _within(text, 0, 2**63 - 1)


def _within(text: str, least: int, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"must be from {least} to {most}, not {number}")
    return number


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
