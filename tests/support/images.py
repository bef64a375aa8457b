"""The Dockerfiles of deploy/, read, and the file trees that they put together."""

import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dockerfile_parse import DockerfileParser

from tests.support.dockerignore import BuildContext

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted((ROOT / "deploy").glob("*/Dockerfile"))
CONTEXT = BuildContext(ROOT)


@dataclass(frozen=True)
class Instruction:
    """One instruction: `COPY`, and what stands behind it."""

    name: str
    value: str

    @property
    def words(self) -> list[str]:
        """Its words, those of the JSON form included."""
        if self.value.startswith("["):
            return [str(word) for word in json.loads(self.value)]
        return shlex.split(self.value)


class Image:
    """What a Dockerfile says of its last stage.

    Attributes:
        instructions: of all stages.
        last_stage: of the last one, its FROM first.
    """

    def __init__(self, dockerfile: Path) -> None:
        parsed = DockerfileParser(path=str(dockerfile)).structure
        self.instructions = [
            Instruction(found["instruction"], found["value"])
            for found in parsed
            if found["instruction"] != "COMMENT"
        ]
        starts = [i for i, found in enumerate(self.instructions) if found.name == "FROM"]
        self.last_stage = self.instructions[starts[-1] :]

    def last(self, name: str) -> Instruction:
        """The instruction of this name that counts: the last one of the last stage."""
        return [found for found in self.last_stage if found.name == name][-1]

    def bases(self) -> list[str]:
        """The images that its stages start from, other stages left out."""
        froms = [found.words for found in self.instructions if found.name == "FROM"]
        stages = {words[2] for words in froms if len(words) > 2}
        return [words[0] for words in froms if words[0] not in stages]

    def environment(self) -> dict[str, str]:
        """What its ENV instructions set; variables in them are left as they stand."""
        pairs = (
            word.partition("=")[::2]
            for found in self.last_stage
            if found.name == "ENV"
            for word in found.words
        )
        return dict(pairs)

    def copies(self) -> list[tuple[list[str], str]]:
        """Sources in the build context and target of every COPY, those between stages left out."""
        found = [found.words for found in self.instructions if found.name == "COPY"]
        return [(words[:-1], words[-1]) for words in found if not words[0].startswith("--from")]

    def command(self) -> list[str]:
        """What a container of it runs, where it has an entrypoint of its own with that."""
        ours = [found for found in self.last_stage if found.name in ("ENTRYPOINT", "CMD")]
        return [word for found in ours for word in found.words]

    def stage(self, folder: Path) -> Path:
        """Puts into a folder what the last stage copies from the build context.

        Returns:
            What its working directory is there.
        """
        work = PurePosixPath("/")
        for found in self.last_stage:
            if found.name == "WORKDIR":
                work /= found.value
            elif found.name == "COPY" and not found.value.startswith("--from"):
                *sources, target = found.words
                for source in sources:
                    _copy(source, folder / str(work / target).lstrip("/"))
        return folder / str(work).lstrip("/")


def _copy(source: str, target: Path) -> None:
    top = CONTEXT.root / source
    for name in CONTEXT.files(source):
        # A file keeps its name, a folder gives its contents.
        inside = top.name if top.is_file() else PurePosixPath(name).relative_to(source)
        place = target / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
