"""What the embedded engine wrote of a shard's vectors into its folder."""

import json
from collections.abc import Mapping
from pathlib import Path

from orchestrator.errors import StartupError
from orchestrator.store.description import COSINE


def made_vectors(path: Path) -> dict[str, tuple[int, str]]:
    """Dimension and distance by name; StartupError where the engine's own file is no good."""
    described = path / "edge_config.json"
    try:
        vectors = json.loads(described.read_text()).get("vectors") or {}
        return {name: (int(made["size"]), str(made["distance"])) for name, made in vectors.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise StartupError(f"the store's {described} can't be read: {exc!r}") from exc


def missing_vectors(path: Path, dimensions: Mapping[str, int]) -> list[str]:
    """Names of those that are not made; StartupError where one is of another dimension."""
    made = made_vectors(path)
    for name in dimensions.keys() & made.keys():
        size, distance = made[name]
        if (size, distance) != (dimensions[name], COSINE):
            raise StartupError(
                f"the vector {name!r} at {path} has {size} components compared by {distance}, "
                f"expected are {dimensions[name]} by {COSINE}"
            )
    return sorted(dimensions.keys() - made.keys())
