"""What a migration is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The command's arguments.

    `limit` is of posts tried, None for all; `parallel` are worked on at once. `patience_s` is how
    long models and stores may be away. `retry` is a report whose points alone are taken. `service`
    is the URL of an orchestrator to go through. `spot_checks` posts, drawn by `seed`, are made
    again where `verify` is asked for; with `verify_only` nothing is migrated. `report` is None
    only in a dry run that is to write none.
    """

    dry_run: bool
    limit: int | None
    parallel: int
    patience_s: float
    report: Path | None
    retry: Path | None
    service: str | None
    verify: bool
    verify_only: bool
    spot_checks: int
    seed: int
