"""Which requirements an image installs."""

import subprocess
import sys

import pytest

from deploy.requirements import requirements
from tests.support.images import ROOT

PROJECT = ROOT / "pyproject.toml"


def test_without_an_extra_it_is_the_orchestrators() -> None:
    names = requirements(PROJECT, [])
    assert {"fastapi", "qdrant-client", "tritonclient[grpc]"} <= set(names)
    assert "rapidocr" not in names


def test_extras_come_alone_and_in_order() -> None:
    names = requirements(PROJECT, ["serving", "easyocr"])
    assert "fastapi" not in names
    assert names.index("rapidocr") < names.index("easyocr")


def test_an_extra_of_no_such_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="absent"):
        requirements(PROJECT, ["absent"])


def test_the_script_prints_one_a_line() -> None:
    printed = subprocess.run(
        [sys.executable, "deploy/requirements.py", "serving"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert printed.split("\n") == [*requirements(PROJECT, ["serving"]), ""]
