# SPDX-License-Identifier: Apache-2.0
"""``usage list`` on a real SQLite database."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceilobatch import config
from ceilobatch.plugins import loader
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from tests.functional.usage_setup import START, at, period, usage
from tests.unit.cmd.running import Run


@pytest.fixture
def storage(config_file: Path) -> Iterator[SqlUsage]:
    """Two scopes with three usages in each of the hours 22 to 25."""
    conf = config.load([str(config_file)], [])
    loader.register_options(conf, SqlUsage)
    storage = SqlUsage(conf)
    storage.enroll({"s1": at(22), "s2": at(22)})
    usages = [
        usage("0.1"),
        usage("0.20", resource="r2"),
        usage("1E-7", "disk", unit="GiB", groupby={"flavor": "m1"}),
    ]
    for scope in ("s1", "s2"):
        batches = [period(hour, usages, scope) for hour in range(22, 26)]
        storage.store(at(22), batches, "w", final=False)
    yield storage
    storage.close()


def listed(run: Run, *argv: str) -> list[dict[str, Any]]:
    answer = run("usage", "list", *argv, "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(answer.out)
    return rows


def test_usage_is_listed_oldest_first_with_exact_quantities(run: Run, storage: SqlUsage) -> None:
    rows = listed(run)
    assert len(rows) == 24
    assert [row["begin"] for row in rows] == sorted(row["begin"] for row in rows)
    (row,) = [row for row in rows[:6] if row["metric"] == "disk" and row["scope"] == "s1"]
    assert row == {
        "scope": "s1",
        "begin": at(22).isoformat(),
        "end": at(23).isoformat(),
        "metric": "disk",
        "unit": "GiB",
        "quantity": "0.0000001",
        "groupby": {"flavor": "m1"},
        "metadata": {"name": "vm"},
    }


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--scope", "s1"], 12),
        (["--scope", "s1", "--scope", "s2"], 24),
        (["--scope", "none"], 0),
        (["--metric", "d*"], 8),
        (["--from", "2026-03-02"], 12),
        (["--to", "2026-03-01T23:00"], 6),
        (["--from", "2026-03-01T23:00", "--to", "2026-03-02T00:00"], 6),
        (["--attribute", "id=r2"], 8),
        (["--attribute", "id=r2", "--attribute", "flavor=m1"], 0),
        (["--limit", "5"], 5),
    ],
)
def test_usage_can_be_filtered(run: Run, filters: list[str], count: int) -> None:
    assert len(listed(run, *filters)) == count


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        (["metric"], [("cpu", "vCPU", "2.4", 16), ("disk", "GiB", "0.0000008", 8)]),
        (
            ["scope,id", "--metric", "cpu"],
            [
                *(("s1", "r1", "vCPU", "0.4", 4), ("s1", "r2", "vCPU", "0.8", 4)),
                *(("s2", "r1", "vCPU", "0.4", 4), ("s2", "r2", "vCPU", "0.8", 4)),
            ],
        ),
        (
            ["day", "--group-by", "metric", "--metric", "cpu"],
            [
                ("2026-03-01", "cpu", "vCPU", "1.2", 8),
                ("2026-03-02", "cpu", "vCPU", "1.2", 8),
            ],
        ),
        (["month"], [("2026-03", "GiB", "0.0000008", 8), ("2026-03", "vCPU", "2.4", 16)]),
        (["flavor"], [("m1", "GiB", "0.0000008", 8), (None, "vCPU", "2.4", 16)]),
        (
            ["period", "--metric", "disk", "--to", "2026-03-01T23:00"],
            [
                (at(22).isoformat(), "GiB", "0.0000002", 2),
            ],
        ),
        (
            ["id", "--sort", "quantity:desc", "--limit", "2"],
            [
                ("r2", "vCPU", "1.6", 8),
                ("r1", "vCPU", "0.8", 8),
            ],
        ),
    ],
)
def test_usage_can_be_added_up(run: Run, keys: list[str], rows: list[tuple[Any, ...]]) -> None:
    assert [tuple(row.values()) for row in listed(run, "--group-by", *keys)] == rows


def test_corrections_are_listed(run: Run, storage: SqlUsage) -> None:
    again = [usage("0.30"), usage("0.2", resource="r2"), usage(5, "new")]
    storage.correct(at(22), [period(22, again)], "w")
    rows = listed(run, "--corrections")
    assert [(row["scope"], row["metric"], row["old"], row["new"]) for row in rows] == [
        ("s1", "cpu", "0.1", "0.3"),
        ("s1", "new", None, "5"),
    ]
    assert rows[0]["groupby"] == {"id": "r1"}
    assert listed(run, "--corrections", "--scope", "s2") == []
    assert len(listed(run, "--corrections", "--metric", "new")) == 1


@pytest.mark.usefixtures("storage")
def test_quantities_are_sorted_as_numbers(run: Run) -> None:
    rows = listed(run, "--sort", "quantity:desc,scope", "--limit", "9")
    assert [row["quantity"] for row in rows] == ["0.2"] * 8 + ["0.1"]


@pytest.mark.usefixtures("storage")
def test_other_formats_have_the_same_numbers(run: Run) -> None:
    table = run("usage", "list", "--group-by", "metric").out
    assert "0.0000008" in table
    answer = run("usage", "list", "--metric", "disk", "--limit", "1", "-f", "csv")
    (row,) = csv.DictReader(io.StringIO(answer.out))
    assert row["quantity"] == "0.0000001"
    assert json.loads(row["groupby"]) == {"flavor": "m1"}


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize(
    "argv",
    [
        ["--attribute", "id"],
        ["--attribute", '"=x'],
        ["--group-by", "a,,b"],
        ["--group-by", "metric", "--corrections"],
        ["--from", "yesterday"],
        ["--limit", "0"],
    ],
)
def test_wrong_argument_is_a_usage_error(run: Run, argv: list[str]) -> None:
    answer = run("usage", "list", *argv)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err


def test_more_usage_than_fits_into_a_page_is_listed_whole(run: Run, storage: SqlUsage) -> None:
    many = [usage(number, resource=f"r{number:05d}") for number in range(2345)]
    storage.enroll({"s3": START})
    storage.store(START, [period(0, many, "s3"), period(1, many, "s3")], "w", final=True)
    rows = listed(run, "--scope", "s3")
    assert len({(row["begin"], row["groupby"]["id"]) for row in rows}) == len(rows) == 4690
    (total,) = listed(run, "--scope", "s3", "--group-by", "scope")
    assert total["quantity"] == str(2 * 2345 * 2344 // 2)
