# SPDX-License-Identifier: Apache-2.0
"""The collector ``fixed``: known points, and faults as they are ordered."""

import datetime
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from ceilobatch import errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.collectors.fixed import FixedCollector
from ceilobatch.plugins.collectors.formula import MODULUS, formula_points, formula_value
from ceilobatch.plugins.processing import CollectorCharacteristics
from ceilobatch.usage import Point

from .setting import build, metric

HOUR = datetime.timedelta(hours=1)
NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def fixed(timeout: int = 60, **options: Any) -> FixedCollector:
    settings = {"collector_fixed": options, "processor": {"request_timeout": timeout}}
    collector = build(loader.COLLECTORS, "fixed", settings, 4)
    assert isinstance(collector, FixedCollector)
    return collector


def ask(collector: FixedCollector, name: str = "vcpus", begin: datetime.datetime = NOON) -> Any:
    return collector.retrieve(metric(name), ["a"], begin, begin + HOUR, HOUR)


def test_formula_answers_every_scope_and_period_with_values_that_can_be_recomputed():
    wanted = metric(groupby=("resource_id", "project_id"), metadata=("flavor",))
    found = fixed(points=3).retrieve(wanted, ["a", "b"], NOON, NOON + 2 * HOUR, HOUR)
    assert found == {
        (scope, begin): [
            Point(
                formula_value("vcpus", scope, begin, place),
                {"resource_id": f"{scope}-{place}", "project_id": scope},
                {"flavor": f"flavor-{place}"},
            )
            for place in range(3)
        ]
        for scope in ("a", "b")
        for begin in (NOON, NOON + HOUR)
    }
    assert found == fixed(points=3).retrieve(wanted, ["a", "b"], NOON, NOON + 2 * HOUR, HOUR)


def test_formula_differs_by_metric_scope_period_and_place():
    values = {
        formula_value(name, scope, NOON + hour * HOUR, place)
        for name in ("x", "y")
        for scope in ("a", "b")
        for hour in range(5)
        for place in range(5)
    }
    assert len(values) > 95
    assert all(0 <= value < MODULUS for value in values)


def test_metric_that_groups_by_nothing_has_one_point():
    assert len(formula_points(metric(), "a", NOON, 5)) == 1
    assert formula_points(metric(), "a", NOON, 0) == []


def test_width_of_requests_is_what_is_set():
    assert fixed().characteristics == CollectorCharacteristics(1, 1)
    wide = fixed(periods=24, scopes=0).characteristics
    assert wide == CollectorCharacteristics(24, None)


def test_request_takes_as_long_as_ordered():
    begin = time.perf_counter()
    assert ask(fixed(latency=0.05))
    assert time.perf_counter() - begin >= 0.05


def test_share_of_failures_is_as_ordered_and_comes_again_with_the_seed():
    def fates(seed: int) -> str:
        collector = fixed(failures=0.2, seed=seed)
        return "".join(_fate(collector) for _ in range(400))

    first = fates(1)
    assert 50 < first.count("u") < 110
    assert fates(1) == first
    assert fates(2) != first


def test_request_that_hangs_fails_after_the_time_out():
    collector = fixed(hangs=1.0, timeout=1)
    begin = time.perf_counter()
    assert _fate(collector) == "u"
    assert time.perf_counter() - begin >= 1


def test_points_appear_late():
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    collector = fixed(lateness=1800)
    assert ask(collector, begin=now - HOUR - 0.6 * HOUR)
    assert ask(collector, begin=now - HOUR - 0.4 * HOUR) == {}


def test_metrics_are_rejected_by_name():
    collector = fixed(rejected=["bad"])
    with pytest.raises(errors.Rejected, match="bad"):
        ask(collector, "bad")
    assert ask(collector, "good")


POINTS = [
    {"metric": "vcpus", "scope": "a", "begin": "2026-03-01T12:00", "value": 2},
    {
        "metric": "vcpus",
        "scope": "a",
        "begin": "2026-03-01T13:00:00Z",
        "value": "0.1",
        "groupby": {"resource_id": "one"},
        "metadata": {"flavor": "small"},
    },
    {
        "metric": "vcpus",
        "scope": "a",
        "begin": "2026-03-01 14:00:00+01:00",
        "value": "0.2",
        "groupby": {"resource_id": "two", "more": "1"},
        "metadata": {"flavor": "large"},
    },
    {"metric": "other", "scope": "a", "begin": "2026-03-01T11:00", "value": 1},
]


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_points_come_from_a_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"points.{kind}"
    file.write_bytes(orjson.dumps(POINTS) if kind == "json" else yaml.dump(POINTS).encode())
    collector = fixed(file=str(file))
    wanted = metric(groupby=("resource_id",), metadata=("flavor",))
    found = collector.retrieve(wanted, ["a", "b"], NOON, NOON + 3 * HOUR, HOUR)
    assert found == {
        ("a", NOON): [Point(2, {"resource_id": ""}, {"flavor": ""})],
        ("a", NOON + HOUR): [
            Point(Decimal("0.1"), {"resource_id": "one"}, {"flavor": "small"}),
            Point(Decimal("0.2"), {"resource_id": "two"}, {"flavor": "large"}),
        ],
    }
    ungrouped = collector.retrieve(metric(), ["a"], NOON + HOUR, NOON + 2 * HOUR, HOUR)
    assert ungrouped == {("a", NOON + HOUR): [Point(Decimal("0.3"), {}, {})]}
    assert collector.first(["a", "b"]) == {"a": NOON - HOUR}


def test_yaml_times_and_numbers_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "points.yml"
    file.write_text("- {metric: vcpus, scope: 12, begin: 2026-03-01T12:00:00, value: 0.5}\n")
    found = fixed(file=str(file)).retrieve(metric(), ["12"], NOON, NOON + HOUR, HOUR)
    assert found == {("12", NOON): [Point(0.5, {}, {})]}


def test_everything_wrong_with_a_file_is_told(tmp_path: Path) -> None:
    wrong = [
        "text",
        {**POINTS[0], "begin": "2026-03-01T12:01"},
        {**POINTS[0], "begin": "noon"},
        {**POINTS[0], "value": True},
        {**POINTS[0], "value": "much"},
        {**POINTS[0], "value": "NaN"},
        {**POINTS[0], "groupby": ["resource_id"]},
        {**POINTS[0], "unit": "x"},
        {"metric": "vcpus"},
        POINTS[0],
    ]
    file = tmp_path / "points.json"
    file.write_bytes(orjson.dumps(wrong))
    with pytest.raises(errors.ConfigurationError) as caught:
        fixed(file=str(file))
    problems = caught.value.problems
    assert all(problem.startswith(f"[collector_fixed] file: {file}: ") for problem in problems)
    told = [problem.partition(f"{file}: ")[2] for problem in problems]
    assert told == [
        "point 1: this is not a mapping",
        "point 2: begin: 2026-03-01T12:01 is not the begin of a period",
        "point 3: begin: 'noon' is not a time, such as 2026-01-01T00:00",
        "point 4: value: True is not a number",
        "point 5: value: 'much' is not a number",
        "point 6: value: 'NaN' is not a number",
        "point 7: groupby: ['resource_id'] is not a mapping",
        "point 8: there is no key 'unit' (there are metric, scope, begin, value, groupby,"
        " metadata)",
        "point 9: scope is missing",
        "point 9: begin is missing",
        "point 9: value is missing",
    ]


@pytest.mark.parametrize("content", [None, "[", "{}"])
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, content: str | None) -> None:
    for name in ("points.json", "points.yaml"):
        file = tmp_path / name
        if content is not None:
            file.write_text(content)
        with pytest.raises(errors.ConfigurationError, match="collector_fixed") as caught:
            fixed(file=str(file))
        assert len(caught.value.problems) == 1
        assert "\n" not in str(caught.value)


def _fate(collector: FixedCollector) -> str:
    try:
        ask(collector)
    except errors.Unavailable:
        return "u"
    return "."
