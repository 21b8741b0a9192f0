# SPDX-License-Identifier: Apache-2.0
"""``db upgrade`` and ``check`` where letters are kept in SQL."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.unit.cmd.running import Answer, Run


@pytest.fixture
def letters(config_file: Path, tmp_path: Path) -> Path:
    """The database of the letters, not made yet."""
    path = tmp_path / "letters.sqlite"
    with config_file.open("a") as file:
        file.write("[recovery]\nbackend = sql\n")
        file.write(f"[recovery_sql]\nconnection = sqlite:///{path}\nauto_upgrade = false\n")
    return path


def tables(database: Path) -> set[str]:
    connection = sqlite3.connect(database)
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return found


def recovery_rows(answer: Answer) -> dict[str, tuple[str, str]]:
    found = json.loads(answer.out)
    rows = {row["what"]: (row["result"], row["detail"]) for row in found}
    return {what: row for what, row in rows.items() if "recovery" in what}


def test_upgrade_makes_the_tables_of_the_letters(run: Run, letters: Path) -> None:
    first, second = run("db", "upgrade"), run("db", "upgrade")
    assert first.code == second.code == 0
    assert "The database of [recovery_sql] went from empty to revision" in first.out
    assert "The database of [recovery_sql] is already at revision" in second.out
    assert {"letter", "letter_change"} <= tables(letters)


def test_upgrade_makes_the_tables_of_the_state_database(
    run: Run, config_file: Path, state: Path
) -> None:
    with config_file.open("a") as file:
        file.write("[recovery]\nbackend = sql\n")
    answer = run("db", "upgrade")
    assert answer.code == 0
    assert {"letter", "letter_change"} <= tables(state / "state.sqlite")


def test_upgrade_leaves_recovery_alone_where_it_is_in_files(run: Run, state: Path) -> None:
    assert "recovery" not in run("db", "upgrade").out
    assert not (state / "state.sqlite").exists()


def test_upgrade_names_the_option_that_is_wrong(run: Run, config_file: Path) -> None:
    with config_file.open("a") as file:
        file.write("[recovery]\nbackend = sql\n[recovery_sql]\nconnection = oracle://host/x\n")
    answer = run("db", "upgrade")
    assert answer.code == 1
    assert "[recovery_sql] connection" in answer.err
    assert "storage_sql" not in answer.err


def test_check_asks_the_database_of_the_letters(run: Run, letters: Path) -> None:
    missing = recovery_rows(run("check", "--probe", "-f", "json"))
    result, detail = missing["probe [recovery] backend: sql"]
    assert result == "error"
    assert "ceilobatch db upgrade" in detail
    run("db", "upgrade")
    ready = recovery_rows(run("check", "--probe", "-f", "json"))
    assert ready["probe [recovery] backend: sql"] == ("ok", "ready")
    assert tables(letters) >= {"letter"}


def test_check_finds_a_wrong_connection(run: Run, config_file: Path) -> None:
    with config_file.open("a") as file:
        file.write("[recovery]\nbackend = sql\n[recovery_sql]\nconnection = what\n")
    answer = run("check", "-f", "json")
    assert answer.code == 1
    details = [detail for result, detail in recovery_rows(answer).values() if result == "error"]
    assert len(details) == 1
    assert "line 7: [recovery_sql] connection" in details[0]
