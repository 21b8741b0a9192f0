# SPDX-License-Identifier: Apache-2.0
"""``plugin show``: one plugin, and what a package of somebody else adds to the other commands."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cmd.running import Run

ENTRY_POINTS = """
[ceilobatch.storage]
acme = acme_driver:Acme
torn = acme_driver_of_nobody:Torn
half = acme_driver:Half
alien = acme_driver:Alien
"""
MODULE = '''
from oslo_config import cfg
from ceilobatch.model import STORED
from ceilobatch.plugins.base import Storage, StorageCharacteristics


class Acme(Storage):
    """Stores at Acme's, which is
    far away.

    Nobody needs to know more.
    """

    options = (
        (
            "storage_acme",
            [
                cfg.IntOpt("anvils", default=3, min=1, help="How many anvils."),
                cfg.StrOpt("password", default="", secret=True, help="Of Acme's."),
            ],
        ),
    )
    characteristics = StorageCharacteristics(recognises=False)

    def store(self, items):
        return [STORED] * len(items)

    def probe(self):
        pass


class Half(Storage):
    """Forgets to store."""

    def probe(self):
        pass


class Alien:
    """Is derived from nothing."""
'''


@pytest.fixture
def third_party(tmp_path: Path) -> Path:
    """The directory of an installed package of somebody else."""
    path = tmp_path / "site"
    package = path / "acme_driver-1.2.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-driver\nVersion: 1.2\n")
    (package / "entry_points.txt").write_text(ENTRY_POINTS)
    (path / "acme_driver.py").write_text(MODULE)
    return path


def run(third_party: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """In a process of its own, as what is installed is looked up once in each."""
    paths = os.pathsep.join([str(third_party), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(third_party / "cache")}
    return subprocess.run(
        [sys.executable, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ceilobatch(third_party: Path, *argv: str) -> "subprocess.CompletedProcess[str]":
    program = "import sys; from ceilobatch.cmd.main import main; sys.exit(main())"
    return run(third_party, "-c", program, *argv)


def fields(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out)
    return found


def test_own_plugin_tells_its_contract_and_what_it_declares(bare: Run) -> None:
    answer = bare("plugin", "show", "gnocchi", "--namespace", "storage", "-f", "json")
    found = fields(answer.out)
    assert found["status"] == "ok"
    assert found["contract"] == "ceilobatch.plugins.base.Storage"
    assert found["entry_point"] == "gnocchi = ceilobatch.plugins.storage.gnocchi:GnocchiStorage"
    assert found["file"].endswith("storage/gnocchi.py")
    assert found["characteristics"]["accepts"] == ["Sample"]
    assert found["characteristics"]["recognises"] is False


def test_name_in_several_namespaces_asks_for_one(bare: Run) -> None:
    answer = bare("plugin", "show", "sql")
    assert answer.code == 1
    assert "several plugins are called 'sql': add --namespace ceilobatch.storage or" in answer.err


def test_unknown_name_is_refused_with_those_that_exist(bare: Run) -> None:
    answer = bare("plugin", "show", "nobody", "--namespace", "recovery")
    assert answer.code == 1
    assert "no plugin 'nobody' in the namespace ceilobatch.recovery (installed: bus, file" in (
        answer.err
    )
    assert "'ceilobatch plugin list' shows" in bare("plugin", "show", "nobody").err


def test_options_stand_with_their_configured_values_and_secrets_are_masked(
    run: Run, config_file: Path, bare: Run
) -> None:
    with config_file.open("a") as file:
        file.write(
            "[storage]\nsamples = sql:far\n[storage_sql_far]\nconnect_timeout = 7\n"
            "connection = postgresql://u:s3cret@h/d\n"
        )
    answer = run("plugin", "show", "sql:far", "--namespace", "storage", "-f", "json")
    assert answer.code == 0
    options = {option["name"]: option for option in fields(answer.out)["options"]}
    assert options["connect_timeout"]["group"] == "storage_sql_far"
    assert options["connect_timeout"]["default"] == 5
    assert options["connect_timeout"]["configured"] == 7
    assert options["connection"]["configured"] == "***"
    table = run("plugin", "show", "sql:far", "--namespace", "storage").out
    assert "[storage_sql_far] connect_timeout (Integer(min=2); default: 5; configured: 7)" in table
    assert "s3cret" not in answer.out + table


def test_plugin_of_somebody_else_is_shown_with_package_and_version(third_party: Path) -> None:
    found = fields(ceilobatch(third_party, "plugin", "show", "acme", "-f", "json").stdout)
    assert (found["package"], found["version"]) == ("acme-driver", "1.2")
    assert found["file"] == str(third_party / "acme_driver.py")
    assert found["summary"] == "Stores at Acme's, which is far away."
    assert [option["name"] for option in found["options"]] == ["anvils", "password"]
    assert found["options"][0]["help"] == "How many anvils."


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("torn", "does not load: ModuleNotFoundError: No module named 'acme_driver_of_nobody'"),
        ("half", "does not define store, so it cannot be constructed"),
        ("alien", "not derived from ceilobatch.plugins.base.Storage, so nobody can use it"),
    ],
)
def test_plugin_that_cannot_be_used_is_shown_with_the_reason(
    third_party: Path, name: str, reason: str
) -> None:
    answer = ceilobatch(third_party, "plugin", "show", name, "-f", "json")
    assert answer.returncode == 1
    assert reason in fields(answer.stdout)["status"]


def test_options_of_somebody_else_are_checked(third_party: Path, tmp_path: Path) -> None:
    file = tmp_path / "ceilobatch.conf"
    file.write_text(
        f"[DEFAULT]\nstate_path = {tmp_path}/state\n[storage]\nevents = acme,torn\n"
        "[storage_acme]\nanvils = 0\nanvil = 2\n"
    )
    answer = ceilobatch(third_party, "--config-file", str(file), "check", "-f", "json")
    told = [row["detail"] for row in json.loads(answer.stdout) if row["result"] != "ok"]
    assert told == [
        f"{file}, line 6: [storage_acme] anvils: Should be greater than or equal to 1",
        f"{file}, line 4: [storage] events: the plugin 'torn' of the namespace ceilobatch.storage "
        "does not load: ModuleNotFoundError: No module named 'acme_driver_of_nobody'",
        f"{file}, line 7: [storage_acme] anvil: there is no such option; did you mean anvils?",
    ]


def test_options_of_somebody_else_are_in_the_sample_configuration(third_party: Path) -> None:
    generator = "import sys; from oslo_config.generator import main; sys.exit(main())"
    answer = run(third_party, "-c", generator, "--namespace", "ceilobatch")
    _, _, group = answer.stdout.partition("[storage_acme]")
    assert "# How many anvils. (integer value)" in group
    assert "#anvils = 3" in group
