import json
from pathlib import Path

import pytest

from evaluation.__main__ import main


def test_simulate_prints_tables_that_name_their_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, figures = tmp_path / "report.md", tmp_path / "figures.json"
    options = ["--seed", "3", "--worlds", "1", "--viewers", "4", "--posts", "700"]
    files = ["--out", str(report), "--json", str(figures), "--loop-viewers", "2"]
    assert main(["simulate", *options, *files, "--ablate"]) == 0
    printed = capsys.readouterr().out
    text = report.read_text()
    assert text.strip() == printed.strip()
    command = (
        "python -m evaluation simulate --seed 3 --worlds 1 --viewers 4 --posts 700"
        " --loop-viewers 2 --ablate"
    )
    assert f"`{command}`" in text
    for name in ("random", "newest", "legacy (visual mean)", "guide's sum", "**ours**", "oracle"):
        assert text.count(f"\n| {name} |") >= 2
    assert "\n| ours, one mean only |" in text
    read = json.loads(figures.read_text())
    assert read["command"] == command
    static = read["tables"]["One feed after the past"]
    assert static["oracle"]["nDCG@10"] == pytest.approx([1.0, 1.0, 1.0])
    assert len(read["tables"]) == 3


@pytest.mark.parametrize(
    ("option", "value", "least"), [("viewers", "0", 1), ("posts", "499", 500), ("seed", "-1", 0)]
)
def test_a_count_that_is_too_small_is_refused(
    option: str, value: str, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", f"--{option}", value])
    assert stopped.value.code == 2
    assert f"must be {least} or more" in capsys.readouterr().err
