# SPDX-License-Identifier: Apache-2.0
"""``db upgrade``, ``event`` and ``sample`` on a real SQLite database."""

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ceilobatch import assembly, config
from ceilobatch.model import Event, Sample, Trait
from ceilobatch.plugins.base import Storage
from ceilobatch.plugins.storage import sql_upgrade
from ceilobatch.telemetry.calls import CallRegistry
from tests.unit.cmd.running import Run

NOON = datetime.datetime(2024, 5, 17, 12, 0, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
EVENTS = [
    Event(
        "e1",
        "compute.instance.create.end",
        NOON,
        (
            Trait("project_id", "text", "p1"),
            Trait("resource_id", "text", "r1"),
            Trait("state", "text", "active"),
            Trait("memory_mb", "int", 512),
            Trait("load", "float", 0.5),
            Trait("launched_at", "datetime", NOON - HOUR),
        ),
        {"payload": {"memory_mb": 512}},
    ),
    Event(
        "e2",
        "compute.instance.delete.end",
        NOON + HOUR,
        (Trait("project_id", "text", "p2"), Trait("memory_mb", "int", 2048)),
    ),
    Event("e3", "image.delete", NOON + 2 * HOUR, (Trait("state", "text", "\x1b[2Jgone"),)),
]
METADATA = {"flavor": {"name": "m1"}, "note": "x" * 500}
SAMPLES = [
    Sample("e1", "memory", 0, "gauge", "MB", 512, "u1", "p1", "r1", NOON, METADATA),
    Sample("e1", "disk.io", 0, "cumulative", "B", 1.5, None, "p1", "r1", NOON, METADATA),
    Sample("e2", "memory", 0, "gauge", "MB", 2048, "u2", "p2", "r2", NOON + HOUR, {}),
]


@pytest.fixture
def stored(config_file: Path) -> None:
    conf = config.load([str(config_file)], [])
    ((_, storage),) = assembly.storages(conf, CallRegistry(), "events", {})
    storage.store(EVENTS)
    storage.store(SAMPLES)
    storage.close()


def listed(run: Run, *argv: str) -> list[dict[str, Any]]:
    answer = run(*argv, "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(answer.out)
    return rows


def test_database_is_made_once(run: Run, state: Path) -> None:
    first, second = run("db", "upgrade"), run("db", "upgrade")
    assert first.code == second.code == 0
    assert "went from empty to revision" in first.out
    assert "already" in second.out
    assert list(state.glob("*.sqlite"))
    assert listed(run, "event", "list") == []


def add_archive(config_file: Path, storage: str, database: Path) -> None:
    with config_file.open("a") as file:
        file.write(f"[storage]\n{storage}\n[storage_sql_archive]\n")
        file.write(f"connection = sqlite:///{database}\n")


def test_every_database_is_upgraded(
    run: Run, config_file: Path, state: Path, tmp_path: Path
) -> None:
    add_archive(config_file, "samples = sql,sql:archive", tmp_path / "archive")
    revision = sql_upgrade.head_revision()
    first, second = run("db", "upgrade"), run("db", "upgrade")
    groups = ("storage_sql", "storage_sql_archive")
    assert first.out.splitlines() == [
        f"The database of [{group}] went from empty to revision {revision}." for group in groups
    ]
    assert second.out.splitlines() == [
        f"The database of [{group}] is already at revision {revision}." for group in groups
    ]
    assert (state / "ceilobatch.sqlite").exists()
    assert (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        ("oracle://user:s3cret@host/x", "[storage_sql] connection: 'oracle' is not a database"),
        (
            "sqlite:////nonexistent/database",
            "[storage_sql] connection: there is no directory /nonexistent",
        ),
        (
            "postgresql://user:s3cret@127.0.0.1:1/x",
            "the database of [storage_sql] is not upgraded: ",
        ),
    ],
)
def test_database_that_cannot_be_upgraded_keeps_no_other_from_it(
    run: Run, config_file: Path, tmp_path: Path, connection: str, sentence: str
) -> None:
    add_archive(config_file, "samples = sql,sql:archive", tmp_path / "archive")
    with config_file.open("a") as file:
        file.write(f"[storage_sql]\nconnection = {connection}\n")
    answer = run("db", "upgrade")
    assert answer.code == 1
    assert answer.out.startswith("The database of [storage_sql_archive] went from empty")
    assert answer.err.startswith(f"ceilobatch: error: {sentence}")
    assert answer.err.count("\n") == 1


def test_database_with_a_label_that_is_not_named_stays_as_it_is(
    run: Run, config_file: Path, tmp_path: Path
) -> None:
    add_archive(config_file, "samples = log", tmp_path / "archive")
    assert run("db", "upgrade").out.count("\n") == 1
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("connection", "groups"),
    [("", ["storage_sql_archive"]), ("main", ["storage_sql", "storage_sql_archive"])],
)
def test_database_without_a_label_that_is_not_stored_into_is_upgraded_where_it_is_configured(
    run: Run, config_file: Path, tmp_path: Path, connection: str, groups: list[str]
) -> None:
    add_archive(config_file, "events = sql:archive\nsamples = log", tmp_path / "archive")
    if connection:
        with config_file.open("a") as file:
            file.write(f"[storage_sql]\nconnection = sqlite:///{tmp_path}/{connection}\n")
    lines = run("db", "upgrade").out.splitlines()
    assert [line.partition("[")[2].partition("]")[0] for line in lines] == groups


def test_lists_are_of_the_first_database_that_each_goes_to(
    run: Run, config_file: Path, state: Path, tmp_path: Path
) -> None:
    add_archive(config_file, "events = log,sql\nsamples = sql:archive,sql", tmp_path / "archive")
    with config_file.open("a") as file:
        file.write(f"[storage_log]\npath = {tmp_path}/lines\n")
    conf = config.load([str(config_file)], [])
    shared: dict[str, Storage] = {}
    _, (_, main) = assembly.storages(conf, CallRegistry(), "events", shared)
    (_, archive), _ = assembly.storages(conf, CallRegistry(), "samples", shared)
    main.store(EVENTS)
    archive.store(SAMPLES)
    for driver in shared.values():
        driver.close()
    assert len(listed(run, "event", "list")) == len(EVENTS)
    assert len(listed(run, "sample", "list")) == len(SAMPLES)
    story = json.loads(run("ledger", "trace", "e1", "-f", "json").out)
    assert story["event"]["event_type"] == "compute.instance.create.end"
    assert story["samples"] == {"disk.io": 1, "memory": 1}
    assert run("ledger", "show").code == 0


def test_reading_a_database_with_a_label_that_is_not_there_names_it(
    run: Run, config_file: Path, tmp_path: Path
) -> None:
    add_archive(config_file, "events = sql:archive", tmp_path / "archive")
    answer = run("event", "list")
    assert answer.code == 1
    assert answer.err == (
        f"ceilobatch: error: sql:archive: there is no database {tmp_path}/archive\n"
    )


@pytest.mark.parametrize("command", [["event", "list"], ["event", "show", "x"], ["sample", "list"]])
def test_database_that_is_not_there_is_one_sentence(run: Run, command: list[str]) -> None:
    answer = run(*command)
    assert answer.code == 1
    assert answer.err.startswith("ceilobatch: error: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("command", [["event", "list"], ["db", "upgrade"]])
def test_database_that_cannot_be_used_is_one_sentence(
    run: Run, config_file: Path, command: list[str]
) -> None:
    with config_file.open("a") as file:
        file.write("[storage_sql]\nconnection = oracle://user:s3cret@host/x\n")
    answer = run(*command)
    assert answer.code == 1
    assert answer.err.startswith("ceilobatch: error: [storage_sql] connection")
    assert answer.err.count("\n") == 1
    assert "s3cret" not in answer.err


@pytest.mark.usefixtures("stored")
def test_events_are_listed_newest_first_with_their_typed_traits(run: Run) -> None:
    rows = listed(run, "event", "list")
    assert [row["message_id"] for row in rows] == ["e3", "e2", "e1"]
    assert list(rows[2]) == ["message_id", "event_type", "generated", "traits"]
    assert rows[2]["event_type"] == "compute.instance.create.end"
    assert datetime.datetime.fromisoformat(rows[2]["generated"]) == NOON
    assert rows[2]["traits"]["memory_mb"] == {"type": "int", "value": 512}
    assert rows[2]["traits"]["state"] == {"type": "text", "value": "active"}


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--type", "image.delete"], ["e3"]),
        (["--type", "compute.*"], ["e2", "e1"]),
        (["--project", "p2"], ["e2"]),
        (["--resource", "r1"], ["e1"]),
        (["--since", "2024-05-17T13:00:00"], ["e3", "e2"]),
        (["--until", "2024-05-17T15:00:00+02:00"], ["e1"]),
        (["--since", "1h"], []),
        (["--until", "1h"], ["e3", "e2", "e1"]),
        (["--limit", "2"], ["e3", "e2"]),
        (["--trait", "memory_mb>=512"], ["e2", "e1"]),
        (["--trait", "memory_mb>512"], ["e2"]),
        (["--trait", "memory_mb=512"], ["e1"]),
        (["--trait", "memory_mb:int<=512"], ["e1"]),
        (["--trait", "memory_mb:text=512"], []),
        (["--trait", "memory_mb=much"], []),
        (["--trait", "load<1"], ["e1"]),
        (["--trait", "load:float<0.25"], []),
        (["--trait", "launched_at<2024-05-17T12:00"], ["e1"]),
        (["--trait", "launched_at:datetime>2024-05-17T12:00"], []),
        (["--trait", "state=active", "--trait", "memory_mb:int=512"], ["e1"]),
        (["--trait", "state=active", "--trait", "memory_mb:int=2048"], []),
        (["--trait", "memory_mb>0", "--limit", "1"], ["e2"]),
        (["--trait", "nothing=1"], []),
    ],
)
def test_events_can_be_filtered(run: Run, filters: list[str], wanted: list[str]) -> None:
    assert [row["message_id"] for row in listed(run, "event", "list", *filters)] == wanted


@pytest.mark.parametrize(
    "filters",
    [
        ["--since", "yesterday"],
        ["--limit", "-1"],
        ["--trait", "state"],
        ["--trait", "state:colour=red"],
        ["--trait", "memory_mb:int=much"],
        ["--trait", "launched_at:datetime=much"],
    ],
)
def test_wrong_filter_is_a_usage_error_that_repeats_it(run: Run, filters: list[str]) -> None:
    answer = run("event", "list", *filters)
    assert answer.code == 2
    assert filters[1].rpartition("=")[2] in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.usefixtures("stored")
def test_table_of_events_is_for_people(run: Run) -> None:
    out = run("event", "list").out
    assert "memory_mb: 512" in out
    assert r"state: \x1b[2Jgone" in out
    assert "\x1b" not in out


@pytest.mark.usefixtures("stored")
def test_event_is_shown_with_the_whole_notification(run: Run) -> None:
    shown = json.loads(run("event", "show", "e1", "-f", "json").out)
    assert shown["message_id"] == "e1"
    assert shown["raw"] == {"payload": {"memory_mb": 512}}
    assert shown["traits"]["load"] == {"type": "float", "value": 0.5}
    assert run("event", "show", "e3").code == 0


@pytest.mark.usefixtures("stored")
def test_unknown_event_is_one_sentence(run: Run) -> None:
    answer = run("event", "show", "e9")
    assert answer == (1, "", "ceilobatch: error: there is no event 'e9'\n")


@pytest.mark.usefixtures("stored")
def test_samples_are_listed_with_all_their_columns(run: Run) -> None:
    rows = listed(run, "sample", "list", "--meter", "disk.io")
    assert rows == [
        {
            "message_id": "e1",
            "name": "disk.io",
            "type": "cumulative",
            "unit": "B",
            "volume": 1.5,
            "user_id": None,
            "project_id": "p1",
            "resource_id": "r1",
            "timestamp": rows[0]["timestamp"],
            "metadata": METADATA,
        }
    ]
    assert datetime.datetime.fromisoformat(rows[0]["timestamp"]) == NOON


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([], [("e2", "memory"), ("e1", "disk.io"), ("e1", "memory")]),
        (["--type", "memory"], [("e2", "memory"), ("e1", "memory")]),
        (["--type", "gauge"], [("e2", "memory"), ("e1", "memory")]),
        (["--type", "gauge", "--limit", "1"], [("e2", "memory")]),
        (["--type", "delta"], []),
        (["--meter", "d*"], [("e1", "disk.io")]),
        (["--meter", "m*", "--type", "cumulative"], []),
        (["--project", "p2"], [("e2", "memory")]),
        (["--resource", "r2"], [("e2", "memory")]),
        (["--since", "2024-05-17T12:30"], [("e2", "memory")]),
        (["--until", "2024-05-17T12:30", "--limit", "1"], [("e1", "disk.io")]),
    ],
)
def test_samples_can_be_filtered(
    run: Run, filters: list[str], wanted: list[tuple[str, str]]
) -> None:
    rows = listed(run, "sample", "list", *filters)
    assert [(row["message_id"], row["name"]) for row in rows] == wanted


@pytest.mark.usefixtures("stored")
def test_two_meters_at_once_are_refused(run: Run) -> None:
    answer = run("sample", "list", "--type", "memory", "--meter", "disk.*")
    assert answer.code == 1
    assert "--type memory" in answer.err


@pytest.mark.usefixtures("stored")
def test_long_metadata_do_not_fill_the_table(run: Run) -> None:
    out = run("sample", "list").out
    assert "x" * 100 not in out
    assert "flavor" in out


@pytest.mark.usefixtures("stored")
def test_structures_are_json_in_csv_and_plain_in_yaml(run: Run) -> None:
    table = list(csv.DictReader(io.StringIO(run("event", "list", "-f", "csv").out)))
    assert json.loads(table[1]["traits"])["memory_mb"] == {"type": "int", "value": 2048}
    rows = yaml.safe_load(run("event", "list", "-f", "yaml").out)
    assert rows[1]["traits"]["memory_mb"] == {"type": "int", "value": 2048}
    values = run("event", "list", "-f", "value", "-c", "traits").out.splitlines()
    assert json.loads(values[1])["memory_mb"]["value"] == 2048
