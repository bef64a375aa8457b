"""Settings of the orchestrator: read once from the environment, checked at start."""

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import (
    AliasChoices,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from orchestrator.caching.parameters import CacheParameters
from orchestrator.content.recognise import MediumLimits
from orchestrator.errors import StartupError
from orchestrator.experiments.configuration import ExperimentSetting
from orchestrator.extraction.content_type import ContentType
from orchestrator.feed.parameters import FeedParameters
from orchestrator.frames.parameters import VideoParameters
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.media.parameters import MediaParameters
from orchestrator.rollout.flags import Flags
from orchestrator.rollout.parameters import RolloutParameters
from orchestrator.setting_values import check_names, make_weight_table, parted
from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.records import Kind
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.time_limits import TimeLimits
from ranking.duplicates import DuplicateParameters
from ranking.placing import DiversityParameters
from ranking.signals import SignalParameters
from ranking.viewer import KIND_WEIGHTS, TasteParameters
from ranking.weights import Weights, WeightTable

_KEY = "[key]"
"""What pydantic adds to the place of a mapping's key that is none."""
_PLAIN_KEYS = ("DEBUG", "CACHE_URL", "USE_MULTIMODAL_EMBEDDINGS")
"""Names that callers know, without our prefix."""


class Settings(BaseSettings):
    """Each setting is the environment's FEEDLENS_<NAME>, nested ones FEEDLENS_WEIGHTS__VISUAL."""

    model_config = SettingsConfigDict(
        env_prefix="FEEDLENS_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
    )

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    debug: bool = Field(False, validation_alias=AliasChoices("DEBUG", "FEEDLENS_DEBUG"))

    triton_url: str = Field(
        "127.0.0.1:8101", description="host:port of Triton's gRPC; FEEDLENS_TRITON_GRPC_PORT there"
    )
    next_triton_url: str | None = Field(
        None, description="of a Triton with the models to change to; see docs/migration.md"
    )
    deadline_s: float = Field(
        10.0, gt=0, description="for all model calls of one request; video.deadline_s with a video"
    )
    startup_timeout_s: float = Field(60.0, ge=0, description="for Triton to come up")
    canary_interval_s: float = Field(2.0, gt=0, description="how old a readiness answer may be")
    canary_timeout_s: float = Field(3.0, gt=0)

    store_path: Path = Path("data/store")
    remembered_posts: int = Field(
        50_000, ge=0, description="that the embedded store keeps decoded; about 7 kB each"
    )

    qdrant_url: str | None = Field(
        None, description="of the store, http(s)://host:port or path:/folder; left out, embedded"
    )
    qdrant: QdrantParameters = QdrantParameters()

    max_body_bytes: int = Field(
        25_000_000, gt=0, description="of a picture and of a request; video.max_bytes of a video"
    )
    body_timeout_s: float = Field(
        300.0, gt=0, description="for a request to arrive, or each max_body_bytes of a video"
    )
    body_idle_timeout_s: float = Field(15.0, gt=0, description="without any byte of it")
    head_timeout_s: float = Field(15.0, gt=0, description="for a request's head to arrive")
    keep_alive_s: int = Field(75, gt=0, description="longer than callers keep idle connections")
    max_pixels: int = Field(
        50_000_000, gt=0, description="of a picture; max_pixels of Triton's image models is coupled"
    )
    max_caption_chars: int = Field(10_000, gt=0)
    max_concurrent_extractions: int = Field(32, gt=0)
    cache_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("CACHE_URL", "FEEDLENS_CACHE_URL"),
        description="redis://, rediss:// or unix://, shared by orchestrators; else in process",
    )
    cache_entries: int = Field(
        20_480, ge=0, description="answers of models that are kept in process, of all kinds"
    )
    cache: CacheParameters = CacheParameters()
    min_ocr_confidence: float = Field(0.5, ge=0, le=1)
    clock_skew_s: float = Field(
        300.0, ge=0, le=86_400, description="how far in the future a date may lie"
    )

    weights: Weights = Weights()
    weights_by_type: dict[ContentType, dict[str, float]] = Field(
        {}, description="for posts of a content type, in place of the named weights above"
    )
    signals: SignalParameters = SignalParameters()
    diversity: DiversityParameters = DiversityParameters()
    duplicates: DuplicateParameters = DuplicateParameters()
    taste: TasteParameters = TasteParameters()
    event_weights: dict[Kind, float] = Field(
        {}, description="of single kinds of events, in place of those of ranking.viewer"
    )
    feed: FeedParameters = FeedParameters()
    media: MediaParameters = MediaParameters()
    video: VideoParameters = VideoParameters()
    uploads_path: Path | None = Field(
        None, description="keeps uploaded files for models to come; left out: they are not kept"
    )
    legacy: LegacyParameters = LegacyParameters()
    cursor_secret: SecretStr | None = Field(
        None, description="signs cursors; made and kept in the store's folder if left out"
    )
    experiment: Annotated[ExperimentSetting | None, NoDecode] = Field(
        None, description="JSON of orchestrator.experiments.configuration"
    )
    use_multimodal_embeddings: bool = Field(
        True,
        validation_alias=AliasChoices(
            "USE_MULTIMODAL_EMBEDDINGS", "FEEDLENS_USE_MULTIMODAL_EMBEDDINGS"
        ),
        description="off: all feeds are made by the legacy ranker",
    )
    rollout: RolloutParameters = RolloutParameters()
    flags_path: Path | None = Field(
        None, description="what `python -m orchestrator.rollout` writes; left out: in store_path"
    )
    calibration_path: FilePath = Path(__file__).parent / "feed" / "calibration.json"

    @property
    def url(self) -> str:
        """Where the service answers who is on its machine."""
        every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- named, not listened on
        host = every.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def medium_limits(self) -> MediumLimits:
        """How large an uploaded picture or video may be."""
        return MediumLimits(self.max_pixels, self.max_body_bytes, self.video.max_bytes)

    @property
    def time_limits(self) -> TimeLimits:
        """How long a request may take, by what it brings."""
        return TimeLimits(self.deadline_s, self.video.deadline_s)

    @property
    def weight_table(self) -> WeightTable:
        """The weights of every content type."""
        return make_weight_table(self.weights, self.weights_by_type)

    @property
    def flags(self) -> Flags:
        """The rollout's flags, over which the flags file stands."""
        return Flags(
            self.use_multimodal_embeddings, self.rollout.percent, self.rollout.shadow_percent
        )

    @property
    def flags_file(self) -> Path:
        """Where the flags are that change while the service runs."""
        return self.flags_path or self.store_path / "flags.json"

    @property
    def taste_parameters(self) -> TasteParameters:
        """What events say, single kinds replaced."""
        changes = {str(kind): weight for kind, weight in self.event_weights.items()}
        return replace(self.taste, weights={**KIND_WEIGHTS, **self.taste.weights, **changes})

    @field_validator(
        "weights",
        "signals",
        "diversity",
        "duplicates",
        "taste",
        "feed",
        "legacy",
        "media",
        "video",
        "cache",
        "qdrant",
        "rollout",
        mode="before",
    )
    @classmethod
    def _names_are_known(cls, given: object, info: ValidationInfo) -> object:
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(given, Mapping) and is_dataclass(kind):
            check_names(given, kind)
        return given

    @field_validator("legacy", mode="before")
    @classmethod
    def _keys_part(cls, given: object) -> object:
        keys = given.get("keys") if isinstance(given, Mapping) else None
        if not isinstance(given, Mapping) or not isinstance(keys, Mapping):
            return given
        check_names(keys, LegacyKeys)
        return {**given, "keys": parted(keys, keys)}

    @field_validator("media", mode="before")
    @classmethod
    def _hosts_part(cls, given: object) -> object:
        lists = {"allowed_hosts", "private_networks"}
        return parted(given, lists) if isinstance(given, Mapping) else given

    @field_validator("weights_by_type")
    @classmethod
    def _weights_fit(
        cls, by_type: dict[ContentType, dict[str, float]], info: ValidationInfo
    ) -> dict[ContentType, dict[str, float]]:
        make_weight_table(info.data.get("weights", Weights()), by_type)
        return by_type

    @field_validator("experiment")
    @classmethod
    def _variants_weights_fit(
        cls, experiment: ExperimentSetting | None, info: ValidationInfo
    ) -> ExperimentSetting | None:
        if experiment:
            by_type = info.data.get("weights_by_type", {})
            experiment.check_weights(
                make_weight_table(info.data.get("weights", Weights()), by_type)
            )
        return experiment

    @field_validator("event_weights")
    @classmethod
    def _event_weights_fit(cls, weights: dict[Kind, float]) -> dict[Kind, float]:
        TasteParameters(weights={str(kind): weight for kind, weight in weights.items()})
        return weights


def load_settings() -> Settings:
    """Read the environment; StartupError names the first bad key and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as exc:
        first = exc.errors()[0]
        key = "__".join(str(part) for part in first["loc"] if part != _KEY).upper()
        key = key if key in _PLAIN_KEYS else f"FEEDLENS_{key}"
        raise StartupError(f"setting {key}: {first['msg']}") from exc
    except SettingsError as exc:
        raise StartupError(f"a setting that must be JSON is none: {exc}") from exc
