"""Which media ids were met."""

from orchestrator.migration.met_ids import MetIds


def test_no_id_that_was_met_is_forgotten_and_hardly_another_taken_for_one() -> None:
    met = MetIds()
    met.update(f"m{number}" for number in range(20_000))
    assert all(f"m{number}" in met for number in range(20_000))
    assert sum(f"n{number}" in met for number in range(20_000)) == 0


def test_any_string_is_an_id() -> None:
    met = MetIds()
    assert "π/ü ☃" not in met
    met.update(["π/ü ☃"])
    assert "π/ü ☃" in met
