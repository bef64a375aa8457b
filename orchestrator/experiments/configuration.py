"""An experiment as it is configured: JSON in FEEDLENS_EXPERIMENT, or in a file."""

import json
from collections import Counter
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from orchestrator.experiments.experiment import Experiment, Ranker, Variant
from ranking.weights import WeightTable

ROLLOUT_SALT = "rollout"
"""With it the variants would be drawn as the rollout draws, and some would get nobody."""


def _plain(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("must be printable, without space around it")
    return name


Name = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_plain)]


class VariantSetting(BaseModel):
    """A variant without its name; `weights` replace those of the named signals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: Annotated[float, Field(gt=0, le=1e6)]
    ranker: Ranker = "multimodal"
    weights: dict[str, float] = {}

    @field_validator("weights")
    @classmethod
    def _weights_are_some(cls, weights: dict[str, float]) -> dict[str, float]:
        WeightTable().overridden(weights)
        return weights

    @model_validator(mode="after")
    def _legacy_has_no_weights(self) -> "VariantSetting":
        if self.ranker == "legacy" and self.weights:
            raise ValueError("weights: the legacy ranker has one signal, and no weights")
        return self


class ExperimentSetting(BaseModel):
    """An experiment, or the JSON of one; the first variant is the control where none is named.

    `salt` is the experiment's name where it is left out. `since` keeps older sessions of variants
    of these names out of the reports, as after a change of the shares.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _names_no_key_twice(cls, given: object) -> object:
        return json.loads(given, object_pairs_hook=_distinct) if isinstance(given, str) else given

    name: Name
    variants: Annotated[dict[Name, VariantSetting], Field(min_length=2, max_length=20)]
    control: str | None = None
    salt: str | None = None
    since: AwareDatetime | None = None

    @field_validator("variants")
    @classmethod
    def _rankers_names_mean_them(
        cls, variants: dict[str, VariantSetting]
    ) -> dict[str, VariantSetting]:
        for name in ("multimodal", "legacy"):
            variant = variants.get(name)
            if variant is not None and (variant.ranker != name or variant.weights):
                raise ValueError(f"{name}: is the name of a ranker, and this is another one")
        return variants

    @model_validator(mode="after")
    def _parts_fit(self) -> "ExperimentSetting":
        if self.control is not None and self.control not in self.variants:
            raise ValueError(f"control: {self.control!r} is none of {', '.join(self.variants)}")
        if self._salt == ROLLOUT_SALT:
            raise ValueError(f"salt: {ROLLOUT_SALT!r} is the rollout's; choose another")
        return self

    @property
    def _salt(self) -> str:
        return self.name if self.salt is None else self.salt

    def experiment(self) -> Experiment:
        """The experiment that it describes."""
        return Experiment(
            name=self.name,
            variants=tuple(
                Variant(name, each.share, each.ranker, MappingProxyType(each.weights))
                for name, each in self.variants.items()
            ),
            control=self.control or next(iter(self.variants)),
            salt=self._salt,
            since=self.since,
        )

    def check_weights(self, table: WeightTable) -> None:
        """Raise ValueError for a variant whose weights and those of `table` come to nothing."""
        for name, variant in self.variants.items():
            try:
                table.overridden(variant.weights)
            except ValueError as exc:
                raise ValueError(f"variants.{name}.weights: {exc}") from exc


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"{repeated[0]!r} stands twice")
    return dict(pairs)
