# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch-status upgrade check``: what stops an upgrade, what may be looked at later."""

import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ceilobatch.cmd.main import main as ceilobatch
from ceilobatch.cmd.status import main
from ceilobatch.plugins.storage.sql_upgrade import head_revision

SUCCESS, WARNING, FAILURE = 0, 1, 2
Checked = Callable[[], tuple[int, dict[str, dict[str, Any]]]]


@pytest.fixture
def checked(config_file: Path, capsys: pytest.CaptureFixture[str]) -> Checked:
    def check() -> tuple[int, dict[str, dict[str, Any]]]:
        code = main(["--config-file", str(config_file), "upgrade", "check", "--json"])
        found = json.loads(capsys.readouterr().out)["checks"]
        return code, {row["check"]: row for row in found}

    return check


def add(config_file: Path, text: str) -> None:
    with config_file.open("a") as file:
        file.write(text)


def test_console_script_is_this_program() -> None:
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="ceilobatch-status")
    assert script.load() is main


def test_embedded_defaults_are_ready_and_nothing_is_made(checked: Checked, state: Path) -> None:
    code, found = checked()
    assert code == SUCCESS
    assert list(found) == [
        "Configuration",
        "Drivers",
        "Definition files",
        "State directory",
        "Database schema",
        "Recovery store",
    ]
    assert found["State directory"]["details"] == str(state)
    assert "the services bring it to" in found["Database schema"]["details"]
    assert not (state / "ceilobatch.sqlite").exists()


# How the library prints its table is not ours to change.
@pytest.mark.filterwarnings("ignore:the 'ALL' constant is deprecated:DeprecationWarning")
def test_people_get_a_table(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config-file", str(config_file), "upgrade", "check"]) == SUCCESS
    assert "Upgrade Check Results" in capsys.readouterr().out


def test_tables_at_the_newest_revision_are_ready(
    checked: Checked, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ceilobatch(["--config-file", str(config_file), "db", "upgrade"]) == 0
    capsys.readouterr()
    _, found = checked()
    assert found["Database schema"]["details"].endswith(f"at revision {head_revision()}")


def test_old_tables_stop_the_upgrade_where_nobody_brings_them_up_to_date(
    checked: Checked, config_file: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ceilobatch(["--config-file", str(config_file), "db", "upgrade"]) == 0
    capsys.readouterr()
    database = sa.create_engine(f"sqlite:///{state}/ceilobatch.sqlite")
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    database.dispose()
    assert checked()[0] == SUCCESS
    add(config_file, "[storage_sql]\nauto_upgrade = false\n")
    code, found = checked()
    assert code == FAILURE
    told = found["Database schema"]["details"]
    assert "[storage_sql] sqlite" in told
    assert f"revision 0001, but {head_revision()} is needed: run 'ceilobatch db upgrade'" in told


def test_database_that_is_away_stops_the_upgrade(checked: Checked, config_file: Path) -> None:
    add(config_file, "[storage_sql]\nconnection = postgresql://u:s3cret@127.0.0.1:1/d\n")
    code, found = checked()
    assert code == FAILURE
    assert found["Database schema"]["result"] == FAILURE
    assert "s3cret" not in json.dumps(found)


def test_options_that_are_gone_are_a_warning(checked: Checked, config_file: Path) -> None:
    add(config_file, "[notification]\nbatch_sise = 3\n")
    code, found = checked()
    assert code == WARNING
    assert found["Configuration"]["details"] == (
        f"{config_file}, line 5: [notification] batch_sise: there is no such option; "
        "did you mean batch_size?"
    )


def test_mistakes_stop_the_upgrade_all_at_once(
    checked: Checked, config_file: Path, state: Path, tmp_path: Path
) -> None:
    definitions = tmp_path / "events.yaml"
    definitions.write_text("- traits: 5\n")
    (state / "recovery").write_text("in the way")
    add(
        config_file,
        f"[events]\ndefinitions = {definitions}\n"
        "[storage]\nevents = nobody\n[notification]\nworkers = 0\n",
    )
    code, found = checked()
    assert code == FAILURE
    wrong = [name for name, row in found.items() if row["result"] == FAILURE]
    assert wrong == ["Configuration", "Drivers", "Definition files", "Recovery store"]


def test_deprecated_option_is_a_warning(checked: Checked, config_file: Path) -> None:
    add(config_file, "log_config = x\n")
    code, found = checked()
    assert code == WARNING
    assert "log_config is now [DEFAULT] log-config-append" in found["Configuration"]["details"]


def test_configuration_that_cannot_be_read_is_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config-file", str(tmp_path / "nowhere"), "upgrade", "check"]) == 255
    err = capsys.readouterr().err
    assert err.startswith("ceilobatch-status: error: ")
    assert "Traceback" not in err
