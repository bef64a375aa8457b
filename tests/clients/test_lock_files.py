"""Lock files pin versions and checksums, not where the registry of whoever wrote them lies."""

import json
import subprocess

import pytest

from tests.support.node import ROOT

TRACKED = subprocess.run(
    ["/usr/bin/env", "git", "ls-files", "*package-lock.json"],
    cwd=ROOT, capture_output=True, text=True, check=True,
).stdout.split()  # fmt: skip


def test_they_are_found() -> None:
    assert "clients/node/package-lock.json" in TRACKED


@pytest.mark.parametrize("name", TRACKED)
def test_npm_is_told_to_write_none(name: str) -> None:
    told = (ROOT / name).with_name(".npmrc").read_text("utf-8").splitlines()
    assert "omit-lockfile-registry-resolved=true" in told


@pytest.mark.parametrize("name", TRACKED)
def test_a_lock_names_checksums_and_no_registry(name: str) -> None:
    packages = json.loads((ROOT / name).read_text("utf-8"))["packages"]
    assert any("integrity" in each for each in packages.values())
    addresses = [each["resolved"] for each in packages.values() if "resolved" in each]
    assert [address for address in addresses if "://" in address] == []
