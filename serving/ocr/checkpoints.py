"""EasyOCR's checkpoint files: which ones a list of languages needs, and whether they are there."""

import fcntl
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import easyocr
from easyocr import config

from serving.ocr.settings import OcrSettings

_DETECTOR = "craft"


@dataclass(frozen=True)
class Checkpoint:
    """A file of EasyOCR's, and the checksum that its maker published."""

    file_name: str
    md5: str


def prepare_folder(settings: OcrSettings) -> Path:
    """The folder that holds every checkpoint which the languages need.

    With `download` an empty place is good enough: EasyOCR fills it when it is opened.

    Raises:
        ValueError: a language is unknown or does not go with the others, or files lack or are
            not EasyOCR's own; one line names them.
    """
    folder = settings.checkpoint_folder or Path(config.MODULE_PATH) / "model"
    needed = needed_checkpoints(settings.languages, folder if folder.is_dir() else Path.cwd())
    lacking = [checkpoint for checkpoint in needed if not (folder / checkpoint.file_name).is_file()]
    if lacking and not settings.download:
        names = ", ".join(checkpoint.file_name for checkpoint in lacking)
        raise ValueError(
            f"EasyOCR's checkpoint folder {folder} lacks {names}: put them there, name another"
            " folder as 'checkpoint_folder', or set 'download' to true"
        )
    for checkpoint in set(needed) - set(lacking):
        # EasyOCR itself would delete the file and fetch its own.
        if _md5(folder / checkpoint.file_name) != checkpoint.md5:
            raise ValueError(
                f"{folder / checkpoint.file_name} is not EasyOCR's own: its MD5 is not"
                f" {checkpoint.md5}"
            )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def needed_checkpoints(languages: Sequence[str], folder: Path) -> tuple[Checkpoint, Checkpoint]:
    """The detector's checkpoint, and that of the one recogniser which reads all the languages.

    Args:
        folder: any folder that exists; nothing is written to it.

    Raises:
        ValueError: a language is unknown to EasyOCR, or no recogniser reads all of them.
    """
    try:
        # Chooses as it always does, but opens nothing.
        chooser = easyocr.Reader(
            list(languages),
            gpu=False,
            detector=False,
            recognizer=False,
            verbose=False,
            model_storage_directory=str(folder),
            user_network_directory=str(folder),
        )
    except ValueError as error:
        reason = " ".join(str(argument) for argument in error.args)
        raise ValueError(f"EasyOCR refuses 'languages' {', '.join(languages)}: {reason}") from error
    generations = (config.recognition_models["gen2"], config.recognition_models["gen1"])
    recogniser = next(
        model
        for generation in generations
        for model in generation.values()
        if (model["model_script"], model["characters"]) == (chooser.model_lang, chooser.character)
    )
    detector = config.detection_models[_DETECTOR]
    return tuple(  # type: ignore[return-value]
        Checkpoint(model["filename"], model["md5sum"]) for model in (detector, recogniser)
    )


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps the instances of a model from downloading into the folder at once."""
    with (folder / ".download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
