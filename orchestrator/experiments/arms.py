"""What makes the sessions of an experiment's variants."""

from orchestrator.errors import StartupError
from orchestrator.experiments.experiment import Experiment, Variant
from orchestrator.feed.makers import SessionMaker
from orchestrator.feed.multimodal import MultimodalMaker


def makers_of(
    experiment: Experiment, multimodal: MultimodalMaker, legacy: SessionMaker | None
) -> dict[str, SessionMaker]:
    """A maker for each variant, by its name; StartupError where one needs a legacy that is off."""

    def maker(variant: Variant) -> SessionMaker:
        if variant.ranker == "multimodal":
            return multimodal.weighted(variant.weights) if variant.weights else multimodal
        if legacy is None:
            raise StartupError(
                f"setting FEEDLENS_EXPERIMENT: variant {variant.name!r} is of the legacy ranker; "
                "set FEEDLENS_LEGACY__READ=true"
            )
        return legacy

    return {variant.name: maker(variant) for variant in experiment.variants}
