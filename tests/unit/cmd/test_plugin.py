# SPDX-License-Identifier: Apache-2.0
"""``plugin list``: what is installed and whether it loads."""

import importlib
import json
import sys
from pathlib import Path

import pytest

from tests.unit.cmd.running import Run


def rows(out: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(out)
    return found


@pytest.fixture
def broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that installs a storage driver which does not import."""
    package = tmp_path / "third_party-1.2.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.2\n")
    (package / "entry_points.txt").write_text(
        "[ceilobatch.storage]\nthird = third_party_of_nobody:Driver\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()


def test_own_plugins_load_and_say_what_they_are(bare: Run) -> None:
    answer = bare("plugin", "list", "-f", "json")
    found = {(row["namespace"], row["name"]): row for row in rows(answer.out)}
    file = found["ceilobatch.recovery", "file"]
    assert list(file) == ["namespace", "name", "package", "version", "status", "summary"]
    assert file["package"] == "ceilobatch"
    assert file["summary"].startswith("Keeps letters")
    assert {row["status"] for row in found.values() if row["package"] == "ceilobatch"} == {"ok"}


@pytest.mark.parametrize("name", ["ceilobatch.recovery", "recovery"])
def test_one_namespace_can_be_listed_by_its_long_or_short_name(bare: Run, name: str) -> None:
    answer = bare("plugin", "list", "-f", "json", "--namespace", name)
    assert {row["namespace"] for row in rows(answer.out)} == {"ceilobatch.recovery"}


def test_unknown_namespace_is_refused_with_those_that_exist(bare: Run) -> None:
    answer = bare("plugin", "list", "--namespace", "nonsense")
    assert answer.code == 1
    assert "no plugin in the namespace nonsense" in answer.err
    assert "ceilobatch.storage" in answer.err


@pytest.mark.usefixtures("broken_plugin")
def test_plugin_that_does_not_import_is_listed_with_its_error(bare: Run) -> None:
    answer = bare("plugin", "list", "-f", "json", "--namespace", "storage")
    (third,) = [row for row in rows(answer.out) if row["name"] == "third"]
    assert (third["package"], third["version"]) == ("third-party", "1.2")
    assert third["status"].startswith("ModuleNotFoundError")


def test_unknown_column_is_refused_with_those_that_exist(bare: Run) -> None:
    answer = bare("plugin", "list", "-c", "nonsense")
    assert answer.code == 1
    assert "no column nonsense (there are: namespace, name" in answer.err
