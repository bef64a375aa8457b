"""What answers with the vectors of one pair of models; there are two while models change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.caching.cache import Cache
from orchestrator.experiments.arms import makers_of
from orchestrator.experiments.experiment import Experiment
from orchestrator.experiments.reading import Reports
from orchestrator.extraction.extract import Extractor
from orchestrator.extraction.memos import Memos
from orchestrator.feed.calibration import FITTED_NAME, load_calibrations
from orchestrator.feed.cursor import CursorSigner
from orchestrator.feed.feed import FeedService
from orchestrator.feed.listing import Lists
from orchestrator.feed.makers import LEGACY, MULTIMODAL, SessionMaker
from orchestrator.feed.multimodal import FeedRules, MultimodalMaker
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Sessions
from orchestrator.feed.shared_tastes import SharedTastes
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.frames.decoder import Decoder
from orchestrator.generations.filling import Filler
from orchestrator.inference.models import Fingerprints, Models
from orchestrator.inference.readiness import Readiness
from orchestrator.ingestion import Ingestion
from orchestrator.kept_uploads import KeptUploads
from orchestrator.legacy.parts import maker_of, mirror_of, unmigrated_of
from orchestrator.legacy.side import LegacySide
from orchestrator.locks import Locks
from orchestrator.post_media import PostMedia
from orchestrator.rollout.rankers import VariantRankers
from orchestrator.rollout.rollout import Rollout
from orchestrator.schema import schema_of
from orchestrator.settings import Settings
from orchestrator.store.protocol import Store
from orchestrator.thumbnails import Thumbnails
from ranking.rank import Ranking


@dataclass(frozen=True, slots=True)
class Shared:
    """What all generations work with."""

    settings: Settings
    sessions: Sessions
    secret: bytes
    ranking_thread: RankingThread
    rollout: Rollout
    cache: Cache
    locks: Locks
    kept_uploads: KeptUploads
    post_media: PostMedia
    decoder: Decoder
    thumbnails: Thumbnails
    now: Callable[[], datetime]
    legacy: LegacySide | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """The models, a store of their vectors, and all that works on the two."""

    models: Models
    fingerprints: Fingerprints
    readiness: Readiness
    extractor: Extractor
    ingestion: Ingestion
    filler: Filler
    store: Store
    profiles: Profiles
    multimodal: MultimodalMaker
    rankers: VariantRankers
    feed: FeedService
    lists: Lists
    reports: Reports

    async def close(self) -> None:
        """End what runs in the background; the store stays open."""
        await self.profiles.close()


def build_generation(
    shared: Shared, models: Models, fingerprints: Fingerprints, store: Store
) -> Generation:
    """Put the parts together."""
    settings = shared.settings
    extractor = Extractor(
        models,
        Memos(shared.cache, settings.cache),
        shared.decoder,
        min_ocr_confidence=settings.min_ocr_confidence,
    )
    rules = feed_rules(settings, fingerprints, shared.legacy)
    unmigrated = unmigrated_of(shared.legacy, store, shared.now)
    profiles = _profiles(shared, store, unmigrated)
    multimodal = MultimodalMaker(store, profiles, rules, shared.ranking_thread, legacy=unmigrated)
    legacy = maker_of(shared.legacy, store, profiles, settings.feed, settings.signals)
    rankers = _rankers(shared, multimodal, legacy)
    return Generation(
        models=models,
        fingerprints=fingerprints,
        readiness=Readiness(
            models,
            fingerprints,
            interval_s=settings.canary_interval_s,
            timeout_s=settings.canary_timeout_s,
        ),
        extractor=extractor,
        ingestion=Ingestion(
            extractor, store, shared.locks, shared.kept_uploads, mirror_of(shared.legacy)
        ),
        filler=Filler(extractor, store, shared.post_media, shared.locks, settings.time_limits),
        store=store,
        profiles=profiles,
        multimodal=multimodal,
        rankers=rankers,
        feed=FeedService(
            rankers,
            profiles,
            shared.sessions,
            CursorSigner(shared.secret),
            settings.feed,
            shared.now,
        ),
        lists=Lists(store, rules.ranking, shared.now, shared.ranking_thread, unmigrated),
        reports=Reports(_experiment(settings), shared.sessions, store),
    )


def _rankers(
    shared: Shared, multimodal: MultimodalMaker, legacy: SessionMaker | None
) -> VariantRankers:
    makers: dict[str, SessionMaker] = {MULTIMODAL: multimodal}
    if legacy:
        makers[LEGACY] = legacy
    experiment = _experiment(shared.settings)
    if experiment is None:
        return VariantRankers(makers, shared.rollout)
    return VariantRankers(
        {**makers_of(experiment, multimodal, legacy), **makers},
        shared.rollout,
        assign=lambda user_id: experiment.variant_of(user_id).name,
    )


def _experiment(settings: Settings) -> Experiment | None:
    return settings.experiment.experiment() if settings.experiment else None


def _profiles(shared: Shared, store: Store, legacy: Unmigrated | None) -> Profiles:
    """Viewers' tastes in the store's vectors, shared with other processes if they share a cache."""
    feed, taste = shared.settings.feed, shared.settings.taste_parameters
    tastes = None
    if shared.cache.is_shared:
        with_legacy = shared.settings.legacy.read
        tastes = SharedTastes(
            shared.cache, store.schema, feed, taste, shared.now, with_legacy=with_legacy
        )
    return Profiles(store, feed, taste, shared.now, tastes, legacy)


def feed_rules(
    settings: Settings, fingerprints: Fingerprints, legacy: LegacySide | None = None
) -> FeedRules:
    """How feeds of these models' vectors are made, and of `legacy` ones where these are read."""
    weights = dict(fingerprints.weights)
    if legacy and legacy.parameters.read:
        weights["legacy"] = legacy.fingerprint.weights
    schema = schema_of(fingerprints)
    return FeedRules(
        ranking=Ranking(
            calibrations=load_calibrations(
                settings.calibration_path,
                weights,
                fitted=settings.store_path / FITTED_NAME,
                fingerprints=schema.fingerprints,
                dimensions=schema.dimensions,
            ),
            weights=settings.weight_table,
            parameters=settings.signals,
            diversity=settings.diversity,
        ),
        parameters=settings.feed,
        duplicates=settings.duplicates,
    )
