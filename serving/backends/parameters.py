"""A model's `config.pbtxt`, as Triton hands it to a Python model, read once at load."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ModelContext:
    """What a Python model is told about itself at load.

    Attributes:
        name: the model's name.
        folder: its folder in the repository.
        version_folder: the folder of the version that is served.
        config: `config.pbtxt` as a JSON object.
        parameters: the config's parameters as strings.
        instance_kind: CPU, GPU or MODEL.
    """

    name: str
    folder: Path
    version_folder: Path
    config: Mapping[str, Any]
    parameters: Mapping[str, str]
    instance_kind: str

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> "ModelContext":
        """Reads the `args` of a Python model's `initialize`."""
        config = json.loads(args["model_config"])
        folder = Path(args["model_repository"])
        return cls(
            name=args["model_name"],
            folder=folder,
            version_folder=folder / args["model_version"],
            config=config,
            parameters={
                key: value["string_value"] for key, value in config.get("parameters", {}).items()
            },
            instance_kind=args["model_instance_kind"],
        )

    def integer(self, key: str, default: int, minimum: int = 0) -> int:
        """The parameter `key` as a whole number.

        Raises:
            ValueError: it is not a whole number, or is below `minimum`; the message names it.
        """
        text = self.parameters.get(key, str(default))
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f"parameter '{key}' is not a whole number: '{text}'") from None
        if number < minimum:
            raise ValueError(f"parameter '{key}' is {number}; the least is {minimum}")
        return number
