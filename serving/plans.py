"""`python -m serving.plans`: standalone TensorRT plans, and a model repository that serves them.

Prints the `trtexec` line of every ONNX model, with the shapes of its `configs/tensorrt.pbtxt`, and
writes a repository beside: plans where there were graphs, and all the rest as the variant has it.
With `--run` it runs the lines too. Plans fit the GPU model and the TensorRT that they were built
with, so this runs inside the Triton container that will serve them.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serving.errors import RepositoryError, ServingError
from serving.model_config import ModelConfig, read_config, to_text
from serving.repository import check_variant, read_repository
from serving.tensorrt import (
    Profile,
    accelerator_of,
    fit_engine,
    profile_of,
    shapes_text,
    workspace_bytes_of,
)
from serving.weights import GRAPH, read_fingerprint

PLAN = "model.plan"
_VARIANT = "tensorrt"
_BYTES_PER_MIB = 1024 * 1024
_REPLACED = shutil.ignore_patterns(GRAPH, "config.pbtxt", "configs", "__pycache__")


class PlanError(ServingError):
    """A plan was not built."""


@dataclass(frozen=True)
class PlanBuild:
    """One plan to be built.

    Attributes:
        model: its name.
        graph: the ONNX file.
        plan: where the plan goes.
        profile: the shapes that it is built for.
        workspace_mib: the memory that TensorRT may use while it runs a layer.
    """

    model: str
    graph: Path
    plan: Path
    profile: Profile
    workspace_mib: int

    def command(self, trtexec: str) -> list[str]:
        """The `trtexec` line.

        Types are the graph's own, as TensorRT 11 has it without being told and 10 when told: an
        fp16 plan is of a graph that was exported in fp16.
        """
        return [
            trtexec,
            f"--onnx={self.graph}",
            f"--saveEngine={self.plan}",
            "--stronglyTyped",
            f"--minShapes={shapes_text(self.profile.min)}",
            f"--optShapes={shapes_text(self.profile.opt)}",
            f"--maxShapes={shapes_text(self.profile.max)}",
            f"--memPoolSize=workspace:{self.workspace_mib}",
            "--skipInference",
        ]


def write_repository(source: Path, target: Path) -> list[PlanBuild]:
    """Writes a repository that serves plans, all but the plans, which are returned to be built.

    Raises:
        RepositoryError: `source` can't be served as it is, or `target` holds something already.
    """
    models = read_repository(source)
    check_variant(models, _VARIANT)
    if target.exists() and any(target.iterdir()):
        raise RepositoryError(f"{target} is not empty; name another folder with --output")
    builds = []
    for model in models:
        config = read_config(model.config_path(_VARIANT))
        shutil.copytree(model.folder, target / model.name, ignore=_REPLACED)
        if accelerator_of(config) is not None:
            version_folder = model.graph_folders()[-1]
            fingerprint = read_fingerprint(version_folder)
            fit_engine(model.name, config, fingerprint)
            plan = target / model.name / version_folder.name / PLAN
            builds.append(_build(model.name, config, version_folder / GRAPH, plan))
            serve_plan(config, fingerprint.dimension)
        (target / model.name / "config.pbtxt").write_text(to_text(config), "utf-8")
    return builds


def serve_plan(config: ModelConfig, dimension: int) -> None:
    """Changes a graph's configuration to serve its plan: inputs, outputs and queue stay.

    Args:
        dimension: of the model's vector; a plan has no free width, and Triton holds the
            configuration to the engine's own.
    """
    config.ClearField("backend")
    config.platform = "tensorrt_plan"
    config.ClearField("optimization")
    for output in config.output:
        if list(output.dims) == [-1]:
            output.dims[0] = dimension


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is not 0 for a failure, which is told in one line."""
    options = _parse_options(arguments)
    try:
        for build in write_repository(options.model_repository, options.output):
            command = build.command(options.trtexec)
            print(shlex.join(command), flush=True)
            if options.run:
                _run(build, command)
    except ServingError as error:
        print(f"plans: {error}", file=sys.stderr)
        return 1
    print(f"# then: python -m serving --model-repository {options.output}")
    return 0


def _build(model: str, config: ModelConfig, graph: Path, plan: Path) -> PlanBuild:
    return PlanBuild(
        model=model,
        graph=graph,
        plan=plan,
        profile=profile_of(model, config),
        workspace_mib=workspace_bytes_of(model, config) // _BYTES_PER_MIB,
    )


def _run(build: PlanBuild, command: Sequence[str]) -> None:
    """Builds a plan.

    Raises:
        PlanError: there is no such program, it failed, or it left no plan.
    """
    try:
        done = subprocess.run(command, check=False)
    except OSError as error:
        raise PlanError(
            f"{command[0]} can't be run ({error.strerror}); it comes with TensorRT, name it with"
            " --trtexec"
        ) from error
    if done.returncode != 0 or not build.plan.is_file():
        raise PlanError(f"{command[0]} ended with status {done.returncode} for {build.model}")


def _parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m serving.plans",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model-repository", type=Path, default=Path("model_repository"))
    parser.add_argument("--output", type=Path, default=Path("model_repository_plans"))
    parser.add_argument("--trtexec", default="trtexec", metavar="PROGRAM")
    parser.add_argument("--run", action="store_true", help="build the plans, do not only print")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
