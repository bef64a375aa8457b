"""Keeps one model in service: watches it, asks it, has it recovered."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from serving.errors import ServerDiedError
from serving.loading import Loader
from serving.processes import Stub
from serving.recovery import Recovery, Report, kill, pause_s
from serving.repository import Model
from serving.rounds import Round, Sign
from serving.watch import ModelWatch, Verdict

# Longer than any queue lets a request wait, and an execution after it.
_DRAIN_S = 30.0
# A model that needs recovery again so soon after the last has a cause that is still there.
_SOON_S = 60.0


@dataclass(frozen=True)
class Rhythm:
    """How often a model is asked, and how long it may take to answer, in seconds."""

    canary_every_s: float
    canary_timeout_s: float


class Keeper:
    """One model in the care of the supervisor.

    Args:
        loader: as the model was loaded at the start.
        processes: looks up the processes that the model has now, those of old included.
        threads: where canaries wait for their answers.
        report: takes a line for each death and each recovery.
    """

    def __init__(
        self,
        loader: Loader,
        model: Model,
        rhythm: Rhythm,
        *,
        processes: Callable[[], Iterable[Stub]],
        threads: Executor,
        report: Report,
    ) -> None:
        self.model = model
        self._loader = loader
        self._rhythm = rhythm
        self._processes = processes
        self._threads = threads
        self._report = report
        # Triton never reaps a dead process that a request has met: each is dealt with once.
        self._replaced: set[tuple[int, int]] = set()
        self._draining: list[tuple[float, Stub]] = []
        self._recovery: Recovery | None = None
        self._recovered_at_s = float("-inf")
        self._attempt = 0
        self._begin_watch()

    @property
    def is_recovering(self) -> bool:
        return self._recovery is not None

    def tick(self, stubs: Sequence[Stub], nobodys: Sequence[Stub], now_s: float) -> None:
        """Does what is due.

        Args:
            stubs: all processes that the model has or had.
            nobodys: dead ones that may have been its own, or another's that loads now.

        Raises:
            ServerDiedError: Triton hangs in the model's load.
        """
        self._end_drained(stubs, now_s)
        if self._recovery is not None and not self._has_recovered(self._recovery, now_s):
            if self._recovery.is_stuck([*stubs, *nobodys], now_s):
                raise ServerDiedError(
                    f"tritonserver hangs: the process of {self.model.name} died while it loaded"
                )
            return
        current = [stub for stub in stubs if stub.key not in self._replaced]
        self._watch.see(current, now_s)
        self._ask(now_s)
        verdict = self._watch.verdict(now_s)
        if verdict is not None:
            self._recover(verdict, current, now_s)

    def hold(self) -> None:
        """Forgets what the model owes: its silence is that of Triton."""
        self._begin_watch()

    def stop(self) -> None:
        """Begins nothing more, and says nothing more."""
        if self._recovery is not None:
            self._recovery.stop()

    def _begin_watch(self) -> None:
        self._watch = ModelWatch(self._rhythm.canary_timeout_s)
        self._round = Round(self._loader, self.model, self._rhythm.canary_timeout_s)
        self._answer: Future[Sign] | None = None
        self._ask_at_s = time.monotonic() + self._rhythm.canary_every_s

    def _ask(self, now_s: float) -> None:
        if self._answer is not None and self._answer.done():
            self._take(self._answer.result())
            self._answer = None
            self._ask_at_s = now_s + self._rhythm.canary_every_s
        if self._answer is None and now_s >= self._ask_at_s:
            self._watch.asked(now_s)
            self._answer = self._threads.submit(self._round)

    def _take(self, sign: Sign) -> None:
        if sign.lives:
            self._watch.lives()
        elif sign.failure is not None:
            self._watch.failed(sign.failure)
        else:
            self._watch.stays_silent()

    def _recover(self, verdict: Verdict, current: Sequence[Stub], now_s: float) -> None:
        soon = now_s - self._recovered_at_s < _SOON_S
        attempt = self._attempt + 1 if soon else 0
        when = f" in {pause_s(attempt):.0f} s" if attempt else ""
        self._report(f"{self.model.name}: {verdict.reason}; loading it anew{when}")
        hung = {stub.key for stub in verdict.hung}
        self._draining += [
            (now_s + _DRAIN_S, stub)
            for stub in current
            if not stub.is_dead and stub.key not in hung
        ]
        self._recovery = Recovery(
            self._loader,
            self.model,
            processes=self._processes,
            hung=verdict.hung,
            attempt=attempt,
            report=self._report,
        )

    def _has_recovered(self, recovery: Recovery, now_s: float) -> bool:
        if not recovery.is_done:
            return False
        self._replaced |= recovery.replaced
        self._attempt = recovery.attempt
        self._recovered_at_s = now_s
        self._recovery = None
        self._begin_watch()
        return True

    def _end_drained(self, stubs: Sequence[Stub], now_s: float) -> None:
        """Ends old processes that Triton has forgotten: they hold the weights a second time."""
        there = {stub.key for stub in stubs}
        self._replaced &= there
        kill(stub for due_s, stub in self._draining if due_s <= now_s and stub.key in there)
        self._draining = [(due_s, stub) for due_s, stub in self._draining if due_s > now_s]
