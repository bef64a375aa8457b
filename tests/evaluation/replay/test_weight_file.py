from pathlib import Path

import pytest

from evaluation.replay.errors import BadInput
from evaluation.replay.weight_file import read_weights
from ranking.weights import Weights, WeightTable


def read(tmp_path: Path, text: str) -> WeightTable:
    path = tmp_path / "weights.json"
    path.write_text(text)
    return read_weights(path)


def test_what_is_not_named_stays_the_guides(tmp_path: Path) -> None:
    assert read(tmp_path, "{}") == WeightTable()
    table = read(tmp_path, '{"visual": 0.5, "text": 0}')
    assert table.of("meme") == Weights(visual=0.5, text=0.0)


def test_rows_by_content_type_start_from_the_default(tmp_path: Path) -> None:
    table = read(
        tmp_path, '{"default": {"recency": 0.3}, "by_content_type": {"meme": {"text": 0.6}}}'
    )
    assert table.of("mixed") == Weights(recency=0.3)
    assert table.of("meme") == Weights(recency=0.3, text=0.6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting"),
        ("[]", "the file must be an object"),
        ('{"smell": 1}', "unknown signal 'smell'"),
        ('{"visual": -1}', "'visual' must be a finite number ≥ 0"),
        ('{"visual": NaN}', "'visual' must be a finite number ≥ 0"),
        ('{"visual": "1"}', "weight 'visual' of the file must be a number"),
        ('{"default": {}, "visual": 1}', "unknown key 'visual'"),
        ('{"by_content_type": {"meme": 3}}', "meme must be an object"),
        (
            '{"visual": 0, "text": 0, "engagement": 0, "recency": 0, "diversity": 0}',
            "at least one weight",
        ),
    ],
)
def test_what_is_no_weight_table(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"weights.json: .*{message}"):
        read(tmp_path, text)
    with pytest.raises(BadInput, match=r"none: No such file"):
        read_weights(tmp_path / "none")
