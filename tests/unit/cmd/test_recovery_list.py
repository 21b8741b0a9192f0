# SPDX-License-Identifier: Apache-2.0
"""``recovery list`` on a real file recovery: rows, filters, order, groups."""

import csv
import dataclasses
import datetime
import io
import json
from pathlib import Path

import pytest
import yaml

from ceilobatch.letter import Action, Letter
from ceilobatch.plugins.base import Recovery
from tests.unit.cmd.given_letters import ALL, NO_OBJECT, NO_TEXT, RECORDED, REFUSED, change
from tests.unit.cmd.running import Run


def ids(out: str) -> list[str]:
    return [row["id"] for row in json.loads(out)]


def test_empty_recovery_lists_nothing(run: Run) -> None:
    assert run("recovery", "list", "-f", "json") == (0, "[]\n", "")
    assert run("recovery", "list", "--group", "reason", "-f", "json") == (0, "[]\n", "")


@pytest.mark.usefixtures("letters")
def test_letters_are_listed_with_why_and_whence_and_how_often(run: Run) -> None:
    rows = json.loads(run("recovery", "list", "-f", "json").out)
    assert [row["id"] for row in rows] == [letter.id for letter in ALL]
    assert rows[1] == {
        "id": NO_OBJECT.id,
        "recorded": "2024-05-17T12:31:00+00:00",
        "stage": "decode",
        "reason": "the payload is a list, not an object",
        "event_type": "compute.instance.create.end",
        "message_id": "m-2",
        "exchange": "nova",
        "topic": "notifications.info",
        "standing": "waiting",
        "attempts": 2,
        "seen": 2,
    }
    assert (rows[0]["message_id"], rows[0]["event_type"], rows[0]["seen"]) == (None, None, 1)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--stage", "decode"], [NO_TEXT, NO_OBJECT]),
        (["--stage", "store event"], [REFUSED]),
        (["--stage", "store-event"], [REFUSED]),
        (["--event-type", "compute.*"], [NO_OBJECT]),
        (["--event-type", "image.delete"], [REFUSED]),
        (["--event-type", "image"], []),
        (["--reason", "is a list"], [NO_OBJECT]),
        (["--reason", "NOT UTF-8"], [NO_TEXT]),
        (["--reason", "the * is not*"], [NO_TEXT]),
        (["--reason", "the payload is a [list]*"], []),
        (["--error", "Rejected"], [REFUSED]),
        (["--driver", "sql"], [REFUSED]),
        (["--pool", "m*"], [NO_TEXT]),
        (["--exchange", "nova"], [NO_TEXT, NO_OBJECT]),
        (["--older-than", "2024-05-17T12:31:00"], [NO_TEXT]),
        (["--newer-than", "2024-05-17T12:31:00"], [NO_OBJECT, REFUSED]),
        (["--older-than", "1h"], ALL),
        (["--newer-than", "3d"], []),
        (["--limit", "2"], [NO_TEXT, NO_OBJECT]),
        (["--stage", "decode", "--event-type", "image.*"], []),
    ],
)
def test_letters_can_be_filtered(run: Run, filters: list[str], wanted: list[Letter]) -> None:
    answer = run("recovery", "list", "-f", "json", *filters)
    assert ids(answer.out) == [letter.id for letter in wanted]


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ([], [NO_TEXT]),
        (["--status", "waiting"], [NO_TEXT]),
        (["--status", "replayed"], [NO_OBJECT]),
        (["--standing", "discarded"], [REFUSED]),
        (["--status", "settled"], [NO_OBJECT, REFUSED]),
        (["--status", "all"], ALL),
    ],
)
def test_letters_wait_until_they_are_replayed_or_discarded(
    run: Run, recovery: Recovery, status: list[str], wanted: list[Letter]
) -> None:
    recovery.change([change(NO_OBJECT, Action.REPLAYED), change(REFUSED, Action.DISCARDED)])
    answer = run("recovery", "list", "-f", "json", *status)
    assert ids(answer.out) == [letter.id for letter in wanted]


@pytest.mark.usefixtures("letters")
def test_attempts_count_arrivals_and_replays(run: Run, recovery: Recovery) -> None:
    recovery.change([change(NO_OBJECT, Action.FAILED)])
    row = json.loads(run("recovery", "list", "-f", "json").out)[1]
    assert (row["seen"], row["attempts"], row["standing"]) == (2, 3, "waiting")


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("recorded:desc", [REFUSED, NO_OBJECT, NO_TEXT]),
        ("exchange,recorded:desc", [REFUSED, NO_OBJECT, NO_TEXT]),
        ("seen:desc,recorded:asc", [NO_OBJECT, NO_TEXT, REFUSED]),
        ("event_type", [NO_OBJECT, REFUSED, NO_TEXT]),
    ],
)
def test_letters_are_sorted_before_they_are_cut(run: Run, order: str, wanted: list[Letter]) -> None:
    answer = run("recovery", "list", "-f", "json", "--sort", order)
    assert ids(answer.out) == [letter.id for letter in wanted]
    answer = run("recovery", "list", "-f", "json", "--sort", order, "--limit", "1")
    assert ids(answer.out) == [wanted[0].id]


def test_unknown_column_to_sort_by_is_one_sentence(run: Run) -> None:
    answer = run("recovery", "list", "--sort", "colour")
    assert answer.code == 1
    assert answer.err.startswith("ceilobatch: error: --sort: no column 'colour' (there are: id, ")


@pytest.mark.parametrize(
    "filters",
    [
        ["--stage", "nowhere"],
        ["--limit", "0"],
        ["--limit", "x"],
        ["--older-than", "yesterday"],
        ["--status", "asleep"],
        ["--group", "colour"],
        ["--sort", "seen:up"],
    ],
)
def test_wrong_filter_is_a_usage_error(run: Run, filters: list[str]) -> None:
    answer = run("recovery", "list", *filters)
    assert answer.code == 2
    assert f"'{filters[1]}'" in answer.err


@pytest.mark.usefixtures("letters")
def test_table_shows_control_characters_instead_of_obeying_them(run: Run) -> None:
    for more in ([], ["--group", "reason"]):
        answer = run("recovery", "list", *more)
        assert "\x1b" not in answer.out
        assert r"a NUL in \x1b[31m a text" in answer.out


@pytest.mark.usefixtures("letters")
def test_letters_come_as_csv_and_yaml_too(run: Run) -> None:
    table = csv.DictReader(io.StringIO(run("recovery", "list", "-f", "csv").out))
    assert [row["id"] for row in table] == [letter.id for letter in ALL]
    listed = yaml.safe_load(run("recovery", "list", "-f", "yaml").out)
    assert [row["id"] for row in listed] == [letter.id for letter in ALL]


@pytest.mark.usefixtures("letters")
def test_groups_count_letters_and_messages(run: Run) -> None:
    answer = run("recovery", "list", "--group", "stage", "--group", "exchange", "-f", "json")
    assert json.loads(answer.out) == [
        {
            "stage": "decode",
            "exchange": "nova",
            "letters": 2,
            "messages": 3,
            "oldest": "2024-05-17T12:30:00+00:00",
            "newest": "2024-05-17T12:31:00+00:00",
            "example": NO_TEXT.id,
        },
        {
            "stage": "store event",
            "exchange": "",
            "letters": 1,
            "messages": 1,
            "oldest": "2024-05-17T12:32:00+00:00",
            "newest": "2024-05-17T12:32:00+00:00",
            "example": REFUSED.id,
        },
    ]


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("key", "format_"),
    [
        ("reason", "table"),
        ("event_type", "csv"),
        ("error", "yaml"),
        ("driver", "value"),
        ("pool", "json"),
    ],
)
def test_letters_are_grouped_by_each_key_in_every_format(run: Run, key: str, format_: str) -> None:
    answer = run("recovery", "list", "--group", key, "-f", format_)
    assert (answer.code, answer.err) == (0, "")
    assert NO_TEXT.id in answer.out


@pytest.mark.usefixtures("letters")
def test_groups_are_filtered_sorted_and_cut(run: Run) -> None:
    by_type = ["recovery", "list", "--group", "event_type", "-f", "json"]
    rows = json.loads(run(*by_type, "--sort", "oldest:desc", "--limit", "2").out)
    assert [row["event_type"] for row in rows] == ["image.delete", "compute.instance.create.end"]
    rows = json.loads(run(*by_type, "--stage", "decode").out)
    assert [row["event_type"] for row in rows] == ["compute.instance.create.end", None]


def test_reasons_that_differ_in_values_only_are_one_group(run: Run, recovery: Recovery) -> None:
    alike = [
        dataclasses.replace(
            NO_TEXT,
            body=bytes([0xFF, number]),
            reason=f"the timestamp {time!r} is not an ISO 8601 time",
            recorded=RECORDED + datetime.timedelta(seconds=number),
        )
        for number, time in enumerate(["at noon", "it's late", "2024-13-01T00:00:00", ""])
    ]
    recovery.add([*alike, REFUSED])
    rows = json.loads(run("recovery", "list", "--group", "reason", "-f", "json").out)
    assert [row["letters"] for row in rows] == [4, 1]
    assert rows[0]["reason"] == "the timestamp * is not an ISO 8601 time"
    assert rows[0]["example_reason"] == "the timestamp 'at noon' is not an ISO 8601 time"
    again = run("recovery", "list", "--reason", rows[0]["reason"], "-f", "json")
    assert ids(again.out) == [letter.id for letter in alike]


def test_damaged_entry_is_told_with_its_place_and_the_others_are_listed(
    run: Run, recovery: Recovery, state: Path
) -> None:
    recovery.add([NO_TEXT, REFUSED])
    (file,) = (state / "recovery").glob("letters-*")
    file.write_bytes(file.read_bytes().replace(b"not UTF-8", b"not UTF-9"))
    answer = run("recovery", "list", "-f", "json")
    assert answer.code == 0
    assert ids(answer.out) == [REFUSED.id]
    assert answer.err.startswith("ceilobatch: warning: ")
    assert f"{file}, line 1" in answer.err


def test_unreadable_recovery_is_one_sentence(run: Run, state: Path) -> None:
    (state / "recovery").write_text("in the way")
    for more in (["list"], ["list", "--group", "stage"], ["show", "012345"], ["verify"]):
        answer = run("recovery", *more)
        assert answer.code == 1
        assert answer.err.startswith("ceilobatch: error: recovery cannot read letters: ")
