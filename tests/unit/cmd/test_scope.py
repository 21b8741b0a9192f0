# SPDX-License-Identifier: Apache-2.0
"""The commands about scopes, on a real SQLite database."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceilobatch import config
from ceilobatch.plugins import loader
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from tests.functional.usage_setup import HOUR, START, at, numbered, period
from tests.unit.cmd.running import Run

MIDNIGHT = "2026-03-01T00:00:00+00:00"
FOUR = "2026-03-01T04:00:00+00:00"


@pytest.fixture
def storage(config_file: Path) -> Iterator[SqlUsage]:
    """``s1`` and ``s2`` have come to 4 o'clock, ``other`` only to 1."""
    conf = config.load([str(config_file)], [])
    loader.register_options(conf, SqlUsage)
    storage = SqlUsage(conf)
    storage.enroll({"s1": START, "s2": START, "other": START})
    for scope in ("s1", "s2"):
        storage.store(START, [numbered(hour, scope) for hour in range(4)], "a/w0", final=False)
    storage.store(START, [numbered(0, "other")], "b/w1", final=True)
    yield storage
    storage.close()


def listed(run: Run, *argv: str) -> list[dict[str, Any]]:
    answer = run(*argv, "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(answer.out)
    return rows


def scopes(run: Run, *argv: str) -> list[str]:
    return [row["scope"] for row in listed(run, "scope", "list", *argv)]


def refused(run: Run, *argv: str) -> str:
    answer = run(*argv)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    return answer.err.removeprefix("ceilobatch: error: ").rstrip("\n")


@pytest.mark.parametrize(
    "argv",
    [
        ("scope", "list"),
        ("scope", "show", "s1"),
        ("scope", "reset", "--all", "--to", "2026-03-01"),
        ("scope", "reprocess", "--list"),
        ("scope", "pause", "s1"),
        ("usage", "list"),
    ],
)
def test_looking_makes_no_database(run: Run, state: Path, argv: tuple[str, ...]) -> None:
    assert "there is no database" in refused(run, *argv)
    assert not list(state.iterdir())


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("[usage_sql]\nconnection = oracle://host/x\n", "[usage_sql] connection: 'oracle'"),
        ("[usage_sql]\nstatement_timeout = long\n", "[usage_sql] statement_timeout"),
        ("[processor]\nstorage = none\n", "[processor] storage: no plugin 'none'"),
    ],
)
def test_wrong_configuration_is_one_sentence(
    run: Run, config_file: Path, lines: str, sentence: str
) -> None:
    with config_file.open("a") as file:
        file.write(lines)
    assert refused(run, "scope", "list").startswith(sentence)


def test_scopes_are_listed_with_their_lag(run: Run, storage: SqlUsage) -> None:
    storage.failed(["s2"], "the collector\nis away")
    rows = listed(run, "scope", "list")
    assert [row["scope"] for row in rows] == ["other", "s1", "s2"]
    assert rows[1] | {"lag": 0} == {
        "scope": "s1",
        "last_processed": FOUR,
        "lag": 0,
        "active": True,
        "paused": False,
        "worker": "a/w0",
        "error": "",
        "error_since": None,
    }
    assert rows[0]["lag"] == rows[1]["lag"] + 3
    hours = (datetime.datetime.now(datetime.UTC) - at(4)) // HOUR
    assert hours - 3 <= rows[1]["lag"] <= hours
    assert rows[2]["error"] == "the collector\nis away"
    assert rows[2]["error_since"]
    assert "the collector is away" in run("scope", "list").out


def test_scope_that_is_ahead_has_no_lag(run: Run, storage: SqlUsage) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(minute=0, second=0, microsecond=0)
    storage.enroll({"new": now})
    assert listed(run, "scope", "list", "new")[0]["lag"] == 0
    assert scopes(run, "--lag", "1") == ["other", "s1", "s2"]


def test_scopes_can_be_filtered_and_sorted(run: Run, storage: SqlUsage) -> None:
    storage.failed(["s1"], "away")
    storage.pause(["other", "s2"], paused=True)
    storage.activate(["s1", "other"])
    for filters, wanted in (
        (["--active"], ["other", "s1"]),
        (["--inactive"], ["s2"]),
        (["--paused"], ["other", "s2"]),
        (["--paused", "--active"], ["other"]),
        (["--failing"], ["s1"]),
        (["--worker", "a/*"], ["s1", "s2"]),
        (["s*"], ["s1", "s2"]),
        (["s2", "oth?r"], ["other", "s2"]),
        (["--lag", "99999999"], []),
        (["--sort", "lag,scope:desc"], ["s2", "s1", "other"]),
        (["--limit", "1"], ["other"]),
    ):
        assert scopes(run, *filters) == wanted, filters
    assert "no column 'x'" in refused(run, "scope", "list", "--sort", "x")


def test_scope_is_shown_with_corrections_and_reprocessings(run: Run, storage: SqlUsage) -> None:
    storage.correct(START, [numbered(0, factor=2)], "w")
    done = storage.order("s1", at(0), at(1), "me@here").order
    storage.redo(done, [numbered(0, factor=2)], "w")
    storage.correct(at(1), [numbered(1, factor=2)], "w")
    order = storage.order("s1", at(1), at(4), "me@here").order
    storage.redo(order, [period(1)], "w")
    storage.claim(["s1"], "c/w2", 60)
    shown = json.loads(run("scope", "show", "s1", "-f", "json").out)
    assert (shown["last_processed"], shown["revisited"]) == (FOUR, at(2).isoformat())
    assert (shown["corrections"], shown["claimed_by"]) == (0, "c/w2")
    (one,) = shown["reprocessing"]
    assert (one["from"], one["to"]) == (at(1).isoformat(), FOUR)
    assert (one["progress"], one["done"], one["who"]) == (33.3, at(2).isoformat(), "me@here")
    storage.correct(at(2), [numbered(2, factor=2)], "w")
    assert json.loads(run("scope", "show", "s1", "-f", "json").out)["corrections"] == 3
    assert "33.3" in run("scope", "show", "s1").out


def test_unknown_scopes_are_named(run: Run, storage: SqlUsage) -> None:
    assert refused(run, "scope", "show", "x") == "there is no scope 'x'"
    many = [f"x{number}" for number in range(8)]
    assert refused(run, "scope", "pause", "s1", *many).endswith("'x4' and 3 more")
    assert not any(state.paused for state in storage.states())


def test_scope_is_reset(run: Run, storage: SqlUsage) -> None:
    (row,) = listed(run, "scope", "reset", "s1", "--to", "2026-03-01T02:45")
    two = at(2).isoformat()
    assert row == {"scope": "s1", "from": FOUR, "to": two, "deleted": 6}
    usages = listed(run, "usage", "list", "--scope", "s1")
    assert {one["begin"] for one in usages} == {at(0).isoformat(), at(1).isoformat()}
    assert listed(run, "scope", "list", "s1")[0]["last_processed"] == two
    assert listed(run, "scope", "list", "s2")[0]["last_processed"] == FOUR


def test_reset_of_all_leaves_those_that_are_behind(run: Run, storage: SqlUsage) -> None:
    rows = listed(run, "scope", "reset", "--all", "--to", "2026-03-01T03:00")
    assert [(row["scope"], row["deleted"]) for row in rows] == [("s1", 3), ("s2", 3)]
    assert storage.states(["other"])[0].last_processed == at(1)


def test_reset_that_cannot_be_done_changes_nothing(run: Run, storage: SqlUsage) -> None:
    before = storage.states()
    to = ("--to", "2026-03-01T02:00")
    assert refused(run, "scope", "reset", "s1", "other", *to).startswith(
        "the scope 'other' is only at 2026-03-01T01:00"
    )
    assert refused(run, "scope", "reset", "s1", "none", *to) == "there is no scope 'none'"
    assert refused(run, "scope", "reset", *to) == "which scopes? give their ids, or --all"
    assert "not both" in refused(run, "scope", "reset", "s1", "--all", *to)
    assert run("scope", "reset", "s1").code == 2
    assert storage.states() == before


def test_span_is_ordered_again_in_whole_periods(run: Run, storage: SqlUsage) -> None:
    span = ("--from", "2026-03-01T00:10", "--to", "2026-03-01T01:10")
    rows = listed(run, "scope", "reprocess", "s1", "s2", *span)
    assert [(row["scope"], row["from"], row["to"]) for row in rows] == [
        (scope, MIDNIGHT, at(2).isoformat()) for scope in ("s1", "s2")
    ]
    assert {row["progress"] for row in rows} == {0.0}
    orders = storage.orders()
    assert [(order.scope, order.begin, order.end) for order in orders] == [
        ("s1", at(0), at(2)),
        ("s2", at(0), at(2)),
    ]
    storage.redo(orders[0], [numbered(0)], "w")
    storage.redo(orders[1], [numbered(0, "s2"), numbered(1, "s2")], "w")
    found = listed(run, "scope", "reprocess", "--list")
    assert [(row["scope"], row["progress"]) for row in found] == [("s1", 50.0), ("s2", 100.0)]
    (mine,) = listed(run, "scope", "reprocess", "s1", "--list")
    (ended,) = listed(run, "scope", "reprocess", "--withdraw", str(mine["id"]))
    assert ended == mine
    assert storage.orders() == []
    for number, why in ((mine["id"], "does not exist"), (found[1]["id"], "is done")):
        sentence = f"the reprocessing {number} {why}"
        assert refused(run, "scope", "reprocess", "--withdraw", str(number)) == sentence


def test_what_is_not_processed_yet_is_not_ordered_again(run: Run, storage: SqlUsage) -> None:
    storage.enroll({"late": at(2)})
    storage.store(at(2), [numbered(2, "late"), numbered(3, "late")], "w", final=True)
    for argv, sentence in (
        (["s1", "--from", "2026-03-01", "--to", "2026-03-01T04:01"], "processed only up to 2026-"),
        (["late", "--from", "2026-03-01", "--to", "2026-03-01T03:00"], "begins only at 2026-03-0"),
        (["s1", "--from", "2026-03-02", "--to", "2026-03-01"], "--from is not before --to"),
        (["s1", "--from", "2026-03-02"], "which span?"),
        (["--from", "2026-02-01", "--to", "2026-02-02"], "which scopes?"),
        (["none", "--from", "2026-02-01", "--to", "2026-02-02"], "there is no scope 'none'"),
    ):
        assert sentence in refused(run, "scope", "reprocess", *argv)
    assert storage.orders() == []


def test_scopes_are_paused_and_resumed(run: Run, storage: SqlUsage) -> None:
    rows = listed(run, "scope", "pause", "s1", "s2")
    assert [(row["scope"], row["paused"]) for row in rows] == [("s1", True), ("s2", True)]
    assert scopes(run, "--paused") == ["s1", "s2"]
    listed(run, "scope", "resume", "s1")
    assert scopes(run, "--paused") == ["s2"]
    listed(run, "scope", "pause", "--all")
    assert scopes(run, "--paused") == ["other", "s1", "s2"]


def test_database_of_its_own_is_upgraded(run: Run, config_file: Path, tmp_path: Path) -> None:
    with config_file.open("a") as file:
        file.write(f"[usage_sql]\nconnection = sqlite:///{tmp_path}/usage.sqlite\n")
    assert "The database of [usage_sql] went from empty to revision" in run("db", "upgrade").out
    assert "The database of [usage_sql] is already at revision" in run("db", "upgrade").out
    assert listed(run, "scope", "list") == listed(run, "usage", "list") == []
