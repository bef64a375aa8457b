"""Instances × threads = cores: model configurations fitted to the machine and weights, at start.

The repository's configurations are for two cores. On more, a model gets more instances, up to its
parameter `max_instances` (each holds the weights), then more threads. What has no thread parameter
(tokenizers, cards, ensembles) computes next to nothing and stays as it is, and so does everything
that runs on a GPU.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serving.cores import core_count
from serving.errors import SettingsError
from serving.model_config import KIND_CPU, ModelConfig, parameter, read_config, to_json
from serving.repository import Model
from serving.settings import TritonSettings, environment_name
from serving.tensorrt import fit_engine
from serving.weights import read_fingerprint

DEFAULT_MAX_INSTANCES = 8
# Behind a bounded queue, Triton's batcher can let a request wait for the next one, or 500 ms, when
# the only instance becomes idle; with two it never does. One core has two as well.
MIN_INSTANCES = 2

_THREAD_PARAMETERS = ("intra_op_thread_count", "thread_count")
_OVERRIDE = re.compile(r"(?P<model>[^=\s]+)\s*=\s*(?P<instances>[1-9]\d*)x(?P<threads>[1-9]\d*)")


@dataclass(frozen=True)
class Layout:
    """How a model uses the cores: so many instances, each of so many threads."""

    instances: int
    threads: int

    def __str__(self) -> str:
        return f"{self.instances}x{self.threads}"


def load_configs(models: Sequence[Model], variant: str, settings: TritonSettings) -> dict[str, str]:
    """The JSON configuration that each model is to be loaded with, by the model's name.

    Args:
        variant: cpu, gpu or tensorrt: which file of each model is read.

    Raises:
        RepositoryError: a configuration can't be parsed.
        SettingsError: `settings.layout` names a model that has no layout, or no layout at all.
    """
    configs = {model.name: read_config(model.config_path(variant)) for model in models}
    overrides = parse_layouts(settings.layout)
    for name in overrides:
        _check_override(name, configs, variant)
    cores = cores_of(settings)
    fitted = {name: tuned(config, cores, overrides.get(name)) for name, config in configs.items()}
    for model in models:
        for folder in model.graph_folders()[-1:]:
            fit_engine(model.name, fitted[model.name], read_fingerprint(folder))
    return {name: to_json(config) for name, config in fitted.items()}


def cores_of(settings: TritonSettings) -> int:
    """The cores to lay models out for: those of the settings, else those of this process."""
    return settings.cores or core_count()


def tuned(config: ModelConfig, cores: int, override: Layout | None = None) -> ModelConfig:
    """A copy of a two-core configuration, fitted to `cores`, or laid out as `override` says."""
    fitted = ModelConfig()
    fitted.CopyFrom(config)
    threads_key = thread_parameter(config)
    if threads_key is None:
        return fitted
    layout = override or layout_of(config, cores)
    for group in fitted.instance_group:
        group.count = layout.instances
    fitted.parameters[threads_key].string_value = str(layout.threads)
    return fitted


def layout_of(config: ModelConfig, cores: int) -> Layout:
    """The layout of a configuration that has threads, on so many cores."""
    return fit(cores, int(parameter(config, "max_instances") or DEFAULT_MAX_INSTANCES))


def fit(cores: int, max_instances: int) -> Layout:
    """Instances × threads = cores, with at least two instances and up to `max_instances`.

    Where the cap does not divide the cores, the number between half of it and all of it that
    leaves the fewest cores idle, and of these the largest: 20 cores under a cap of 8 are 5x4.
    """
    most = max(MIN_INSTANCES, min(cores, max_instances))
    least = max(MIN_INSTANCES, (most + 1) // 2)
    instances = max(range(least, most + 1), key=lambda count: (count * (cores // count), count))
    return Layout(instances, max(1, cores // instances))


def thread_parameter(config: ModelConfig) -> str | None:
    """The parameter that sets a model's threads; None where it runs on a GPU or has no threads."""
    if any(group.kind != KIND_CPU for group in config.instance_group):
        return None
    return next((key for key in _THREAD_PARAMETERS if key in config.parameters), None)


def parse_layouts(text: str) -> dict[str, Layout]:
    """`clip_image=2x1,ocr=2x1` -> a layout for each model that is named.

    Raises:
        SettingsError: it is written in another way, or names a model twice.
    """
    layouts: dict[str, Layout] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        found = _OVERRIDE.fullmatch(item)
        if found is None:
            raise _refusal(f"'{item}' is not <model>=<instances>x<threads>, such as clip_image=2x1")
        if found["model"] in layouts:
            raise _refusal(f"names {found['model']} twice")
        layouts[found["model"]] = Layout(int(found["instances"]), int(found["threads"]))
        if layouts[found["model"]].instances < MIN_INSTANCES:
            raise _refusal(f"'{item}': with one instance requests can wait 500 ms; the least is 2")
    return layouts


def _check_override(name: str, configs: Mapping[str, ModelConfig], variant: str) -> None:
    tunable = sorted(model for model, config in configs.items() if thread_parameter(config))
    if name not in tunable:
        there_are = f"models with a layout: {', '.join(tunable) or 'none'}"
        problem = "has no threads on the CPU" if name in configs else "is no model"
        raise _refusal(f"{name} {problem} in the variant {variant}; {there_are}")


def _refusal(reason: str) -> SettingsError:
    return SettingsError(f"{environment_name('layout')}: {reason}")
