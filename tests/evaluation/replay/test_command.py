import json
from pathlib import Path

import pytest

from evaluation.__main__ import main
from tests.evaluation.replay.logged import item, line, write


@pytest.fixture
def weights(tmp_path: Path) -> dict[str, str]:
    """Names of weight files: one signal each."""
    paths = {}
    for name in ("visual", "recency"):
        row = dict.fromkeys(("visual", "text", "engagement", "recency", "diversity"), 0.0)
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**row, name: 1.0}))
        paths[name] = str(path)
    return paths


@pytest.fixture
def log(tmp_path: Path) -> str:
    """The picture tells what is rewarded, newness the contrary; every order was served."""
    good = {"signals": {"visual": 0.9, "recency": 0.1}, "reward": 1.0}
    poor = {"signals": {"visual": 0.1, "recency": 0.9}, "reward": 0.0}
    lines = [
        line(
            f"r{number}",
            f"u{number % 50}",
            items=[item("a", number % 2, **good), item("b", 1 - number % 2, **poor)],
        )
        for number in range(200)
    ]
    return str(write(tmp_path / "log.jsonl", *lines))


def test_better_is_not_worse(
    log: str, weights: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--candidate", weights["visual"], "--baseline", weights["recency"]]
    assert main(["replay", log, *arguments]) == 0
    printed = capsys.readouterr().out
    assert "200 lists of 50 viewers, 200 with a reward" in printed
    # 1 against 1/log2(3)
    row = "| nDCG@10 | 1.0000 [1.0000, 1.0000] | 0.6309 [0.6309, 0.6309] | +0.3691"
    assert row in printed
    assert "Not worse: nDCG@10 and SNIPS (margin 0)." in printed


def test_worse_is_worse_unless_the_margin_allows_it(
    log: str, weights: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--candidate", weights["recency"], "--baseline", weights["visual"]]
    assert main(["replay", log, *arguments]) == 1
    assert "Worse, or not shown not to be: nDCG@10" in capsys.readouterr().out
    assert main(["replay", log, *arguments, "--margin", "0.5"]) == 0


def test_the_same_weights_are_not_worse_than_themselves(log: str, weights: dict[str, str]) -> None:
    same = ["--candidate", weights["visual"], "--baseline", weights["visual"]]
    assert main(["replay", log, *same]) == 0


def test_the_same_seed_prints_the_same(
    log: str, weights: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    def printed(seed: int) -> str:
        main(["replay", log, "--candidate", weights["visual"], "--seed", str(seed)])
        return capsys.readouterr().out

    assert printed(1) == printed(1)


def test_bad_input_says_where(
    tmp_path: Path, weights: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(*lines: object, candidate: str = weights["visual"]) -> str:
        path = write(tmp_path / "bad.jsonl", *lines)
        assert main(["replay", str(path), "--candidate", candidate]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    rewarded = [{**item("a", 0), "reward": 1.0}]
    assert "bad.jsonl:2: not JSON" in fault(line(), "{")
    assert "holds no impressions" in fault()
    assert "one viewer alone gives no interval" in fault(line())
    assert "no impression has a reward" in fault(line(), line("r2", "u2"))
    backwards = [
        {**item("b", 0), "reward": 1.0, "signals": {"visual": 0.1}},
        {**item("a", 1), "signals": {"visual": 0.9}},
    ]
    unserved = [line(f"r{n}", f"u{n}", items=backwards) for n in range(3)]
    assert "no item was served where a table puts it" in fault(*unserved)
    assert "No such file" in fault(line(items=rewarded), candidate=str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("option", "value"),
    [("margin", "-1"), ("margin", "nan"), ("samples", "99"), ("clip", "0.5"), ("seed", "-1")],
)
def test_options_out_of_range(option: str, value: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["replay", "log", "--candidate", "weights", f"--{option}", value])
    assert stopped.value.code == 2
