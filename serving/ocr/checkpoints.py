"""EasyOCR's checkpoint files: which ones a list of languages needs, and whether they are there."""

import fcntl
import hashlib
import sys
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


@contextmanager
def checkpoint_folder(settings: OcrSettings) -> Iterator[Path]:
    """The folder that holds every checkpoint which the languages need.

    With `download` files may lack: EasyOCR fetches them when it is opened in the block, where no
    other instance downloads.

    Raises:
        ValueError: a language is unknown or does not go with the others, or files lack or are
            not EasyOCR's own; one line names them.
    """
    folder = settings.checkpoint_folder or Path(config.MODULE_PATH) / "model"
    needed = needed_checkpoints(settings.languages, folder if folder.is_dir() else Path.cwd())
    if not settings.download or not (_lacking(needed, folder) or _foreign(needed, folder)):
        _check(needed, folder, settings.download)
        yield folder
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # What another instance was writing is whole by now.
        _check(needed, folder, settings.download)
        yield folder


def needed_checkpoints(languages: Sequence[str], folder: Path) -> tuple[Checkpoint, Checkpoint]:
    """The detector's checkpoint, and that of the one recogniser which reads all the languages.

    Args:
        folder: any folder that exists; nothing is written to it.

    Raises:
        ValueError: a language is unknown to EasyOCR, or no recogniser reads all of them.
    """
    try:
        # Chooses as it always does, but opens nothing.
        with module_path_kept():
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
def module_path_kept() -> Iterator[None]:
    """Undoes that EasyOCR lets Python look for modules among the checkpoints."""
    before = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = before


def _check(needed: Sequence[Checkpoint], folder: Path, download: bool) -> None:
    lacking, foreign = _lacking(needed, folder), _foreign(needed, folder)
    if lacking and not download:
        names = ", ".join(checkpoint.file_name for checkpoint in lacking)
        raise ValueError(
            f"EasyOCR's checkpoint folder {folder} lacks {names}: put them there, name another"
            " folder as 'checkpoint_folder', or set 'download' to true"
        )
    if foreign:
        # EasyOCR itself would delete the file and fetch its own.
        path, md5 = folder / foreign[0].file_name, foreign[0].md5
        raise ValueError(f"{path} is not EasyOCR's own: its MD5 is not {md5}")


def _lacking(needed: Sequence[Checkpoint], folder: Path) -> list[Checkpoint]:
    return [checkpoint for checkpoint in needed if not (folder / checkpoint.file_name).is_file()]


def _foreign(needed: Sequence[Checkpoint], folder: Path) -> list[Checkpoint]:
    lacking = _lacking(needed, folder)
    return [
        checkpoint
        for checkpoint in needed
        if checkpoint not in lacking and _md5(folder / checkpoint.file_name) != checkpoint.md5
    ]


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
