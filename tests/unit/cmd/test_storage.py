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
