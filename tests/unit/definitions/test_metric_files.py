# SPDX-License-Identifier: Apache-2.0
"""Metric files that are right, and what they say."""

import logging
from fractions import Fraction
from pathlib import Path

import pytest

from ceilobatch.metric import Metric, Mutation

from .metric_loading import Anything, Orchard, load, write

WHOLE = """
metrics:
  squirrel.tail:
    unit: cm
    factor: 1/10
    offset: -0.5
    alt_name: tail
    description: |
      How long
      it is.
    groupby: [id, forest]
    metadata:
      - colour
    mutate: MAP
    mutate_map: {0: 1, 0.5: 2/3, "1/3": 1e-3}
    extra_args: {tree: pear}
"""


def test_every_key_is_read_exactly(tmp_path: Path) -> None:
    files = write(tmp_path, WHOLE)
    assert load(files, Orchard) == [
        Metric(
            name="squirrel.tail",
            unit="cm",
            alt_name="tail",
            factor=Fraction(1, 10),
            offset=Fraction(-1, 2),
            groupby=("id", "forest", "pear_branch"),
            metadata=("colour",),
            mutate=Mutation.MAP,
            mutate_map={
                Fraction(0): Fraction(1),
                Fraction(1, 2): Fraction(2, 3),
                Fraction(1, 3): Fraction(1, 1000),
            },
            extra_args={"tree": "pear", "ladder": 3},
            description="How long\nit is.\n",
            place=f"{files[0]}, line 3: metric 'squirrel.tail'",
        )
    ]


def test_unit_alone_is_enough(tmp_path: Path) -> None:
    files = write(tmp_path, "metrics: {nuts: {unit: nut}}")
    (metric,) = load(files)
    place = f"{files[0]}, line 1: metric 'nuts'"
    assert metric == Metric(name="nuts", unit="nut", alt_name="nuts", place=place)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", Fraction(3)),
        ("-3", Fraction(-3)),
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        ("1.0e+3", Fraction(1000)),
        ("1/1048576", Fraction(1, 1048576)),
        ("'-5/9'", Fraction(-5, 9)),
        ("' 2.50 '", Fraction(5, 2)),
        ("1_000", Fraction(1000)),
    ],
)
def test_numbers_are_numbers_or_texts(tmp_path: Path, written: str, expected: Fraction) -> None:
    text = f"metrics: {{a: {{unit: u, factor: {written}, offset: {written}}}}}"
    (metric,) = load(write(tmp_path, text))
    assert (metric.factor, metric.offset) == (expected, expected)


def test_metrics_of_one_name_and_of_several_files_keep_their_order(tmp_path: Path) -> None:
    first = "metrics: {z: [{unit: u}, {unit: u, alt_name: y}], x: {unit: u}}"
    second = "metrics: {a: {unit: u}}"
    metrics = load(write(tmp_path, first, second))
    assert [(one.name, one.key) for one in metrics] == [
        ("z", "z"),
        ("z", "y"),
        ("x", "x"),
        ("a", "a"),
    ]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "metrics: {a: {unit: u}}")
    assert len(load([file, file])) == 1


def test_anchors_and_merged_keys_are_part_of_a_metric(tmp_path: Path) -> None:
    text = """
metrics:
  a: &a {unit: u, groupby: &by [id], factor: 2}
  b: {<<: *a, factor: 3, metadata: *by, groupby: [name]}
"""
    _, metric = load(write(tmp_path, text))
    assert (metric.unit, metric.factor) == ("u", Fraction(3))
    assert (metric.groupby, metric.metadata) == (("name",), ("id",))


def test_what_does_no_harm_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = """
metrics:
  a:
    unit: u
    groupby: [id, name, id]
    metadata: [colour, name, pear_branch]
    skip_datapoints_expression: 'datapoint.get("vol", {}).get("qty", 0) == 0'
    extra_args: {tree: pear}
"""
    files = write(tmp_path, text)
    with caplog.at_level(logging.WARNING):
        (metric,) = load(files, Orchard)
    assert (metric.groupby, metric.metadata) == (("id", "name", "pear_branch"), ("colour",))
    start = f"{files[0]}, line"
    assert list(dict.fromkeys(caplog.messages)) == [
        f"{start} 7: metric 'a': skip_datapoints_expression: expressions are not evaluated: "
        "every point is kept",
        f"{start} 5: metric 'a': groupby: 'id' is there more than once and counts once",
        f"{start} 6: metric 'a': metadata: points are grouped by 'name' and need not tell it again",
        f"{start} 6: metric 'a': metadata: points are grouped by 'pear_branch' and need not tell "
        "it again",
    ]


def test_an_expression_is_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    expression = f"open({str(marker)!r}, 'w')"
    text = f"metrics: {{a: {{unit: u, skip_datapoints_expression: {expression!r}}}}}"
    load(write(tmp_path, text), Anything)
    assert not marker.exists()
