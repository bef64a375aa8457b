"""The command on real embedded stores."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from orchestrator.calibrate import DONE, TOO_FEW, UNUSABLE, main
from orchestrator.feed.calibration import load_calibrations, read_fitted
from orchestrator.settings import Settings
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import Schema, StoredPost
from tests.orchestrator.store.conformance import event, post

DIMENSION = 32
THEMES = 12
PRETRAINED = {"visual": "clip@3d74acf:fp32:1", "text": "mpnet@e8c3b32:fp32:2"}
UNTRAINED = {"visual": "clip@untrained:fp32:1", "text": "mpnet@e8c3b32:fp32:2"}


def schema(fingerprints: dict[str, str]) -> Schema:
    return Schema(fingerprints, {"visual": DIMENSION, "text": DIMENSION})


def posts(count: int, fingerprints: dict[str, str]) -> list[StoredPost]:
    """Every post is of a theme, the next post of the next."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((THEMES, DIMENSION))

    def near(number: int) -> object:
        vector = centres[number % THEMES] + 0.7 * rng.standard_normal(DIMENSION)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    return [
        post(f"m{n}", model_fingerprint=fingerprints, visual=near(n), text=near(n))
        for n in range(count)
    ]


def fill(
    path: Path, count: int, fingerprints: dict[str, str] = PRETRAINED, viewers: int = 0
) -> None:
    """Viewers like 20 posts of a theme each."""

    async def write() -> None:
        store = EmbeddedStore(path, schema(fingerprints))
        await store.put_posts(posts(count, fingerprints))
        await store.add_events(
            [
                event(f"{viewer}:{n}", user_id=f"u{viewer}", media_id=f"m{viewer + n * THEMES}")
                for viewer in range(viewers)
                for n in range(20)
            ]
        )
        await store.close()

    asyncio.run(write())


def run(path: Path, *arguments: str) -> int:
    return main(["--store", str(path), *arguments])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """240 posts, of which twelve viewers like 240."""
    fill(tmp_path / "store", 240, viewers=12)
    return tmp_path / "store"


def test_a_store_is_calibrated_to_what_its_viewers_liked(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(store) == DONE
    fitted = read_fitted(store / "calibration.json")
    for modality in ("visual", "text"):
        origin = fitted[modality].origin
        assert origin.fingerprint == PRETRAINED[modality]
        assert (origin.posts, origin.viewers, origin.liked) == (240, 12, 240)
    told = capsys.readouterr().out
    assert "visual: clip@3d74acf:fp32:1" in told
    assert "related are what 12 viewers liked, 240 posts" in told
    assert "of 240 related cosines against 10,000" in told
    assert told.endswith("the orchestrator takes it at its next start\n")
    # and there the fitted maps are taken
    taken = load_calibrations(
        Settings().calibration_path,
        {"visual": "pretrained", "text": "pretrained"},
        fitted=store / "calibration.json",
        fingerprints=PRETRAINED,
    )
    assert taken.visual == fitted["visual"].calibrations


def test_old_and_new_stand_side_by_side(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store) == DONE
    capsys.readouterr()
    assert run(store) == DONE  # now the old ones are those of the first run
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    rows = {tuple(line[:3]): line[3:] for line in lines if len(line) == 8}
    old, new = rows["mean", "background", "old"], rows["mean", "background", "new"]
    assert old == new
    assert [float(value) for value in new] == sorted(map(float, new))


def test_a_dry_run_writes_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store, "--dry-run") == DONE
    assert "AUC" in capsys.readouterr().out
    assert not (store / "calibration.json").exists()


def test_the_same_seed_fits_the_same_maps(store: Path) -> None:
    def maps(*arguments: str) -> object:
        assert run(store, *arguments) == DONE
        fitted = read_fitted(store / "calibration.json")
        return [fitted[modality].calibrations for modality in ("visual", "text")]

    first = maps("--seed", "1", "--sample", "150")
    assert maps("--seed", "1", "--sample", "150") == first
    assert maps("--seed", "2", "--sample", "150") != first


def test_nearest_posts_stand_in_for_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path, 120, viewers=1)
    assert run(tmp_path) == DONE
    assert read_fitted(tmp_path / "calibration.json")["text"].origin.liked == 0
    expected = "nearest posts, apart by construction (fewer than 200 posts in histories)"
    assert expected in capsys.readouterr().out


def test_untrained_weights_are_given_no_meaning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path, 120, UNTRAINED)
    assert run(tmp_path) == DONE
    assert read_fitted(tmp_path / "calibration.json").keys() == {"text"}
    assert "untrained weights tell nothing" in capsys.readouterr().out
    assert run(tmp_path, "--force") == DONE
    assert read_fitted(tmp_path / "calibration.json").keys() == {"visual", "text"}
    # What was forced stays when the text is fitted again.
    assert run(tmp_path) == DONE
    assert read_fitted(tmp_path / "calibration.json").keys() == {"visual", "text"}


def test_fits_to_other_models_are_dropped(store: Path) -> None:
    path = store / "calibration.json"
    assert run(store) == DONE
    other = path.read_text().replace(PRETRAINED["visual"], "clip@other")
    path.write_text(json.dumps({"visual": json.loads(other)["visual"]}))
    assert run(store) == DONE
    assert read_fitted(path)["visual"].origin.fingerprint == PRETRAINED["visual"]


def test_too_few_posts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path, 30)
    assert run(tmp_path) == TOO_FEW
    assert "30 posts have such a vector, 100 are needed" in capsys.readouterr().out
    assert not (tmp_path / "calibration.json").exists()


def test_a_store_that_is_open_elsewhere(store: Path) -> None:
    """In a process of its own, as it is run: one line, no traceback."""
    opened = EmbeddedStore(store, schema(PRETRAINED))
    try:
        command = [sys.executable, "-m", "orchestrator.calibrate", "--store", str(store)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        asyncio.run(opened.close())
    assert (ended.returncode, ended.stdout) == (UNUSABLE, "")
    assert ended.stderr.count("\n") == 1
    assert "is open in another process; stop it" in ended.stderr


def test_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none") == UNUSABLE
    assert "calibrate: there is no store at" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_calibration_that_is_broken_is_named(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store / "calibration.json").write_text("{")
    assert run(store) == UNUSABLE
    assert "calibration.json can't be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--sample", "0"], ["--sample", "20001"], ["--seed", "x"], ["--seed", "-1"], ["--nonsense"]],
)
def test_bad_arguments(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, *arguments)
    assert ended.value.code == UNUSABLE
