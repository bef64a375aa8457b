"""What a Python model is told about itself at load."""

from pathlib import Path

import pytest

from tests.support.graphs import context


def test_folders_and_parameters_are_read(tmp_path: Path) -> None:
    found = context(tmp_path / "ocr", {"max_batch_size": 1}, engine="rapidocr")
    assert (found.name, found.instance_kind) == ("ocr", "CPU")
    assert found.version_folder == tmp_path / "ocr" / "1"
    assert (found.parameters, found.config["max_batch_size"]) == ({"engine": "rapidocr"}, 1)


def test_whole_numbers_have_a_default_and_a_least_value(tmp_path: Path) -> None:
    found = context(tmp_path, {}, max_pixels="9", many="1.5")
    assert found.integer("max_pixels", 5) == 9
    assert found.integer("absent", 5) == 5
    with pytest.raises(ValueError, match="'max_pixels' is 9; the least is 10"):
        found.integer("max_pixels", 5, minimum=10)
    with pytest.raises(ValueError, match=r"'many' is not a whole number: '1\.5'"):
        found.integer("many", 5)
