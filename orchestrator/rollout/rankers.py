"""Sessions by the variant that the rules choose, or by the legacy one where that fails."""

import logging
from collections.abc import Mapping, Sequence

from orchestrator.feed.makers import LEGACY, MULTIMODAL, NewSession, SessionMaker
from orchestrator.feed.sessions import Fallback, Snapshot
from orchestrator.rollout.choice import Assign, Choice, choose, is_within
from orchestrator.rollout.guard import Failure, made_in_time
from orchestrator.rollout.rollout import Rollout

_LOG = logging.getLogger(__name__)


class VariantRankers:
    """`Rankers` over makers by name: MULTIMODAL is one of them, LEGACY where it is configured."""

    def __init__(
        self,
        makers: Mapping[str, SessionMaker],
        rollout: Rollout,
        assign: Assign | None = None,
    ) -> None:
        self._makers = dict(makers)
        self._legacy = self._makers.get(LEGACY)
        self._rollout = rollout
        self._assign = assign

    @property
    def variants(self) -> list[str]:
        """The names that can be asked for."""
        return sorted(self._makers)

    def choose(self, user_id: str, override: str | None = None, *, own: bool = False) -> Choice:
        """Which variant a viewer gets; a session of `own` weights is part of no experiment.

        Raises InvalidRequest for an `override` that is unknown.
        """
        return choose(
            user_id,
            self._rollout.flags_file.flags,
            known=self.variants,
            override=override,
            assign=None if own else self._assign,
        )

    async def make(self, new: NewSession, variant: str | None) -> Snapshot:
        """See `Rankers`."""
        chosen = self.choose(new.user_id, variant, own=new.weights is not None).variant
        maker = self._makers[chosen]
        if self._legacy is None or maker is self._legacy:
            return (await maker.make(new)).signed(chosen)
        made = await self._rollout.guard.make(maker, new)
        if isinstance(made, Failure):
            return await self._stand_in(self._legacy, new, chosen, made)
        return made.signed(chosen)

    async def authors(self, variant: str, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """See `Rankers`."""
        maker = self._makers.get(variant, self._makers[MULTIMODAL])
        return await maker.authors(media_ids)

    def served(self, new: NewSession, snapshot: Snapshot) -> None:
        """See `Rankers`."""
        self._rollout.tally.served(snapshot)
        percent = self._rollout.flags_file.flags.shadow_percent
        if snapshot.fallback is None and is_within(percent, "shadow", new.session_id):
            self._compare(new, snapshot)

    def _compare(self, new: NewSession, snapshot: Snapshot) -> None:
        """By the legacy ranker what another one served, by the multimodal one what it served."""
        if self._legacy is None:
            return
        is_legacy = self._makers[snapshot.variant] is self._legacy
        other = self._makers[MULTIMODAL] if is_legacy else self._legacy
        self._rollout.shadow.compare(snapshot, other, new)

    async def _stand_in(
        self, legacy: SessionMaker, new: NewSession, chosen: str, failure: Failure
    ) -> Snapshot:
        """The legacy session; raises the first failure where there is none, or nothing in it."""
        tally = self._rollout.tally
        tally.fallbacks[failure.reason] += 1
        made = await made_in_time(legacy, new, self._rollout.legacy_timeout_s)
        if isinstance(made, Snapshot) and made.media_ids:
            return made.signed(LEGACY, Fallback(chosen, failure.reason, failure.detail))
        tally.unanswered[failure.reason] += 1
        detail = made.detail if isinstance(made, Failure) else "it has nothing for this viewer"
        _LOG.error("the legacy ranker can't stand in for %s: %s", chosen, detail)
        raise failure.error
