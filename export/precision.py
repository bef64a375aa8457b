"""Which precision each model is exported in, as the command line names it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import TypeAdapter, ValidationError

from export.errors import BadUsage

Precision = Literal["fp32", "fp16", "int8"]
Wish = Literal["auto", "fp32", "fp16", "int8"]

REDUCED: tuple[Precision, ...] = ("fp16", "int8")
MODELS_OF = {
    "clip": ("clip_image", "clip_text"),
    "text": ("text_encoder",),
    "vit": ("vit_legacy",),
}
_MODELS = tuple(model for models in MODELS_OF.values() for model in models)
_WISHES: tuple[Wish, ...] = get_args(Wish)


@dataclass(frozen=True)
class Precisions:
    """One wish for all models, and those for single ones, which win."""

    general: Wish = "auto"
    by_model: Mapping[str, Wish] = field(default_factory=dict)

    def of(self, model: str) -> Wish:
        return self.by_model.get(model, self.general)

    def check_covers(self, families: Collection[str]) -> None:
        """Raise BadUsage when a model is named that none of `families` holds."""
        exported = [model for family in families for model in MODELS_OF[family]]
        for model in self.by_model:
            if model not in exported:
                raise BadUsage(f"--precision names {model}, which --models leaves out")


def parse(text: str) -> Precisions:
    """Read `int8`, `auto,text_encoder=fp32` and the like; ValueError names what is unknown."""
    general: list[Wish] = []
    by_model: dict[str, Wish] = {}
    for entry in text.split(","):
        model, named, wish = entry.rpartition("=")
        if wish not in _WISHES:
            raise ValueError(f"no precision {wish!r}, choose from {','.join(_WISHES)}")
        if not named:
            general.append(wish)
        elif model not in _MODELS:
            raise ValueError(f"no model {model!r}, choose from {','.join(_MODELS)}")
        elif model in by_model:
            raise ValueError(f"two precisions for {model}")
        else:
            by_model[model] = wish
    if len(general) > 1:
        raise ValueError(f"two precisions for all models: {' and '.join(general)}")
    return Precisions(general[0] if general else "auto", by_model)


def for_gpu(environment: Mapping[str, str]) -> bool:
    """Whether USE_GPU says so, read as the serving side reads it; BadUsage for no truth value."""
    text = environment.get("USE_GPU", "false")
    try:
        return TypeAdapter(bool).validate_python(text)
    except ValidationError as error:
        raise BadUsage(f"USE_GPU={text!r} is neither true nor false") from error
