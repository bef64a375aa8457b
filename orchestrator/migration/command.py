"""The migration as a command: opens, runs, verifies, and says in words and by its exit code."""

import os
from contextlib import ExitStack
from typing import TextIO

from orchestrator.errors import StartupError
from orchestrator.migration.exclusive import exclusive
from orchestrator.migration.legacy_job import Check, LegacyJob, Migrate
from orchestrator.migration.legacy_posts import LegacySource
from orchestrator.migration.opening import Parts, open_parts
from orchestrator.migration.options import Options
from orchestrator.migration.verify import Verification
from orchestrator.runs.outcome import Outcome
from orchestrator.runs.patience import Patience
from orchestrator.runs.progress import Progress
from orchestrator.runs.report import Report, failing_points
from orchestrator.runs.running import Ended, run
from orchestrator.runs.stopping import until_stopped
from orchestrator.settings import Settings

DONE, UNUSABLE, FAILED, AGAIN, UNVERIFIED = 0, 1, 3, 4, 5
_PREVIEW = 20
"""Failures that a dry run tells one by one."""


class Command:
    """One call of the command; `out` is told what came of it, `err` how far it is."""

    def __init__(self, settings: Settings, options: Options, out: TextIO, err: TextIO) -> None:
        self._settings = settings
        self._options = options
        self._out = out
        self._err = err
        self._previewed = 0

    async def run(self) -> int:
        """The exit code. Raises StartupError and the other errors of the service's tree."""
        options = self._options
        only = failing_points(options.retry) if options.retry else None
        with ExitStack() as held:
            if not (options.dry_run or options.verify_only):
                held.enter_context(exclusive(self._settings.store_path, os.getpid()))
            async with open_parts(
                self._settings, service=options.service, dry_run=options.dry_run
            ) as parts:
                patience = Patience(options.patience_s, parts.is_well)
                code = DONE
                if not options.verify_only:
                    code = await self._migrate(parts, only, patience)
                if code != AGAIN and (options.verify or options.verify_only):
                    code = await self._verify(parts, patience) or code
        return code

    async def _migrate(self, parts: Parts, only: set[str] | None, patience: Patience) -> int:
        options, target = self._options, parts.target
        source = LegacySource(parts.legacy, only)
        total = len(only) if only else await patience.through(parts.legacy.count)
        progress = Progress(
            min(total, options.limit or total),
            self._err,
            title="checking" if target is None else "migrating",
        )
        with ExitStack() as closing:
            closing.callback(progress.close)
            listeners = [progress.tell]
            if options.report is not None:
                report = Report(options.report)
                closing.callback(report.close)
                listeners.append(report.tell)
            if target is None:
                job = LegacyJob(parts.known, Check(parts.media, parts.uploads))
                listeners.append(self._preview)
            else:
                migrate = Migrate(source, parts.media, parts.uploads, target)
                job = LegacyJob(parts.known, migrate)
            ended = await run(
                source,
                job,
                listeners,
                workers=options.parallel,
                patience=patience,
                limit=options.limit,
            )
        return self._tell(ended, "could migrate" if target is None else "migrated")

    def _tell(self, ended: Ended, verb: str) -> int:
        failed = ended.tally.kinds["failed"]
        more = failed - self._previewed if self._options.dry_run else 0
        if more:
            hint = "" if self._options.report else "; --report FILE names them all"
            self._say(f"and {more:,} more{hint}")
        for line in ended.tally.summary(ended.duration_s, verb=verb):
            self._say(line)
        if failed and self._options.report:
            self._say(f"report: {self._options.report}; --retry takes these posts alone")
        if ended.why:
            self._say(f"not all is done: {ended.why}. Run the same command again to go on")
            return AGAIN
        return FAILED if failed else DONE

    async def _verify(self, parts: Parts, patience: Patience) -> int:
        if parts.target is None:
            raise StartupError("--dry-run writes nothing that could be verified")
        report = self._options.report
        verification = Verification(
            LegacySource(parts.legacy),
            parts.target,
            parts.media,
            parts.uploads,
            patience,
            reported=failing_points(report) if report and report.exists() else (),
            seed=self._options.seed,
        )
        work = verification.run(self._options.spot_checks)
        if not await until_stopped(work, patience.end, grace_s=0):
            self._say("not verified: told to stop")
            return AGAIN
        for line in verification.verdict.lines():
            self._say(line)
        return DONE if verification.verdict.is_good else UNVERIFIED

    def _preview(self, outcome: Outcome) -> None:
        if outcome.kind != "failed" or self._previewed == _PREVIEW:
            return
        self._previewed += 1
        name = outcome.media_id or f"point {outcome.point_id}"
        self._say(f"{name}: {outcome.reason}: {outcome.detail}")

    def _say(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()
