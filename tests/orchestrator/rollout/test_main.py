"""The command, in this process and as one of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.rollout.__main__ import DONE, REFUSED, main
from orchestrator.rollout.flags import WrittenFlags
from orchestrator.rollout.flags_file import read_flags


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEEDLENS_STORE_PATH", str(tmp_path))
    monkeypatch.setenv("FEEDLENS_LEGACY__READ", "true")
    return tmp_path / "flags.json"


def test_what_is_set_is_written_and_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "--percent", "12.5"]) == DONE
    assert main(["set", "--multimodal", "off"]) == DONE
    assert read_flags(path) == WrittenFlags(False, 12.5, None)
    capsys.readouterr()
    assert main(["show"]) == DONE
    assert capsys.readouterr().out.splitlines() == [
        "use_multimodal_embeddings  off    (file)",
        "percent                    12.5   (file)",
        "shadow_percent             0      (settings)",
        f"file                       {path}",
    ]
    assert main(["set", "--multimodal", "on", "--percent", "100", "--shadow-percent", "3"]) == DONE
    assert read_flags(path) == WrittenFlags(True, 100.0, 3.0)


def test_without_a_file_the_settings_are_shown(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USE_MULTIMODAL_EMBEDDINGS", "false")
    monkeypatch.setenv("FEEDLENS_ROLLOUT__PERCENT", "40")
    assert main(["show"]) == DONE
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == [
        "use_multimodal_embeddings  off    (settings)",
        "percent                    40     (settings)",
    ]
    assert out[3] == (f"file                       {path} (not there; all is as in the settings)")
    assert not path.exists()


def test_the_file_may_be_elsewhere(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = path.parent / "made" / "here.json"
    monkeypatch.setenv("FEEDLENS_FLAGS_PATH", str(elsewhere))
    assert main(["set", "--percent", "1"]) == DONE
    assert (read_flags(elsewhere), path.exists()) == (WrittenFlags(percent=1.0), False)


@pytest.mark.parametrize(
    "arguments", [["--multimodal", "off"], ["--percent", "99"], ["--shadow-percent", "1"]]
)
def test_what_a_service_could_not_follow_is_refused(
    path: Path,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FEEDLENS_LEGACY__READ")
    assert main(["set", *arguments]) == REFUSED
    assert "need the legacy ranker, which is off: set FEEDLENS_LEGACY__READ" in (
        capsys.readouterr().err
    )
    assert not path.exists()
    assert main(["set", "--percent", "100"]) == DONE


def test_a_bad_file_is_not_built_upon(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text('{"percent": 10,}')
    for arguments in (["show"], ["set", "--percent", "20"]):
        assert main(arguments) == REFUSED
        assert "mend it, or move it away" in capsys.readouterr().err
    assert path.read_text() == '{"percent": 10,}'


def test_a_bad_setting_is_named(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USE_MULTIMODAL_EMBEDDINGS", "perhaps")
    assert main(["show"]) == REFUSED
    assert "rollout: setting USE_MULTIMODAL_EMBEDDINGS: " in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: command"),
        (["set"], "name what to set"),
        (["set", "--percent", "101"], "must be between 0 and 100, not 101.0"),
        (["set", "--percent", "nan"], "must be between 0 and 100, not nan"),
        (["set", "--percent", "half"], "could not convert"),
        (["set", "--multimodal", "maybe"], "invalid choice: 'maybe'"),
        (["flip"], "invalid choice: 'flip'"),
    ],
)
def test_usage(path: Path, arguments: list[str], message: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "orchestrator.rollout", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert not path.exists()


def test_a_folder_that_may_not_be_written_is_told(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = path.with_name("file")
    blocked.write_text("")
    monkeypatch.setenv("FEEDLENS_FLAGS_PATH", str(blocked / "flags.json"))
    assert main(["set", "--percent", "1"]) == REFUSED
    assert "rollout: [Errno 17] File exists" in capsys.readouterr().err
