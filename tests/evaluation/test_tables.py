import numpy as np
import pytest

from evaluation.tables import as_json, markdown, table

MEASURED = {
    "ours": {"nDCG": np.array([0.5, 0.7]), "ILD": np.array([0.1, 0.1])},
    "theirs": {"nDCG": np.array([0.4, 0.6]), "ILD": np.array([0.2, 0.2])},
}


def test_differences_are_paired() -> None:
    shown = table("A title", MEASURED, compared="nDCG", reference="ours")
    assert shown.of("theirs").difference == pytest.approx((-0.1, -0.1, -0.1))
    assert shown.of("ours").measures["nDCG"] == pytest.approx((0.6, 0.5, 0.7))
    with pytest.raises(KeyError):
        shown.of("nobody")


def test_markdown() -> None:
    totals = {"ours": {"authors": 0.25}, "theirs": {"authors": 0.5}}
    shown = table("A title", MEASURED, compared="nDCG", reference="ours", totals=totals)
    assert markdown(shown, "ours").splitlines() == [
        "### A title",
        "",
        "| policy | nDCG | ILD | nDCG − ours | authors |",
        "| --- | --- | --- | --- | --- |",
        "| **ours** | 0.600 [0.500, 0.700] | 0.100 [0.100, 0.100] | – | 0.250 |",
        "| theirs | 0.500 [0.400, 0.600] | 0.200 [0.200, 0.200]"
        " | -0.100 [-0.100, -0.100] | 0.500 |",
    ]


def test_json_is_unrounded() -> None:
    figures = as_json(table("A title", MEASURED, compared="nDCG", reference="ours"))
    assert figures["theirs"] == {
        "nDCG": pytest.approx([0.5, 0.4, 0.6]),
        "ILD": pytest.approx([0.2, 0.2, 0.2]),
        "difference of nDCG": pytest.approx([-0.1, -0.1, -0.1]),
    }
