"""Generations of vectors: whose vectors stand under which names in one collection.

Each pair of models that the posts have vectors of is a generation; one of them is active. Vectors
of a model that two generations share stand there once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from orchestrator.errors import Conflict, FingerprintMismatch
from orchestrator.store.records import MODALITIES, Modality, Schema


@dataclass(frozen=True, slots=True)
class View:
    """Posts as seen with the vectors of one generation; `names` are by modality."""

    schema: Schema
    names: Mapping[str, str]

    @property
    def key(self) -> str:
        """The names in one."""
        return " ".join(self.names.values())

    @property
    def dimensions(self) -> dict[str, int]:
        """By name of vector."""
        return {name: self.schema.dimensions[modality] for modality, name in self.names.items()}


@dataclass(frozen=True, slots=True)
class Registry:
    """The generations in the order they came, and the place of the active one."""

    views: tuple[View, ...]
    active: int

    @classmethod
    def first(cls, schema: Schema) -> "Registry":
        """Of an empty store: vectors are named like their modalities."""
        return cls((View(schema, {modality: modality for modality in schema.fingerprints}),), 0)

    @property
    def active_view(self) -> View:
        """What serves."""
        return self.views[self.active]

    @property
    def dimensions(self) -> dict[str, int]:
        """Of all vectors, by name."""
        return {name: size for view in self.views for name, size in view.dimensions.items()}

    def view(self, schema: Schema) -> View:
        """A generation; FingerprintMismatch, which names those that there are, if it is none."""
        return self.views[self._place(schema)]

    def beside(self, view: View) -> dict[Modality, list[str]]:
        """Names of vectors that `view` has not, by modality."""
        own = view.names.values()
        return {
            modality: [
                name
                for name in dict.fromkeys(other.names[modality] for other in self.views)
                if name not in own
            ]
            for modality in MODALITIES
        }

    def add(self, schema: Schema) -> "Registry":
        """With a generation more, if it is new; vectors of a model that is known are shared.

        Raises Conflict where such a model is said to have another dimension.
        """
        if any(view.schema == schema for view in self.views):
            return self
        names = {modality: self._name(modality, schema) for modality in schema.fingerprints}
        return replace(self, views=(*self.views, View(schema, names)))

    def activate(self, schema: Schema) -> "Registry":
        """With another active generation."""
        return replace(self, active=self._place(schema))

    def drop(self, schema: Schema) -> "Registry":
        """Without a generation; Conflict if it is the active one."""
        place = self._place(schema)
        if place == self.active:
            raise Conflict(f"{describe(schema)} serve; activate others before they are dropped")
        views = tuple(view for view in self.views if view.schema != schema)
        return Registry(views, self.active - (place < self.active))

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"active": self.active, "generations": [_json(view) for view in self.views]}

    @classmethod
    def from_json(cls, kept: Any) -> "Registry":
        """Raises ValueError for what is none."""
        try:
            if "generations" not in kept:
                # Written before there could be a second one.
                return cls.first(_schema(kept["schema"]))
            views = tuple(View(_schema(made), dict(made["names"])) for made in kept["generations"])
            return cls(views, views.index(views[int(kept["active"])]))
        except (KeyError, TypeError, IndexError) as exc:
            raise ValueError(f"no registry of generations: {exc!r}") from exc

    def _place(self, schema: Schema) -> int:
        for place, view in enumerate(self.views):
            if view.schema == schema:
                return place
        known = "; ".join(describe(view.schema) for view in self.views)
        raise FingerprintMismatch(f"the store holds no vectors of {describe(schema)}, but {known}")

    def _name(self, modality: str, schema: Schema) -> str:
        fingerprint = schema.fingerprints[modality]
        for view in self.views:
            if view.schema.fingerprints[modality] == fingerprint:
                if view.schema.dimensions[modality] != schema.dimensions[modality]:
                    raise Conflict(
                        f"{fingerprint} has {view.schema.dimensions[modality]} components in the "
                        f"store, not {schema.dimensions[modality]}"
                    )
                return view.names[modality]
        return f"{modality}_{hashlib.sha256(fingerprint.encode()).hexdigest()[:8]}"


def describe(schema: Schema) -> str:
    """The models' names."""
    return " and ".join(schema.fingerprints.values())


def _json(view: View) -> dict[str, Any]:
    return {**asdict(view.schema), "names": dict(view.names)}


def _schema(kept: Any) -> Schema:
    fingerprints, dimensions = kept["fingerprints"], kept["dimensions"]
    return Schema(
        fingerprints={name: str(fingerprints[name]) for name in MODALITIES},
        dimensions={name: int(dimensions[name]) for name in MODALITIES},
    )
