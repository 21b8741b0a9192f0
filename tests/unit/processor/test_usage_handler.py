# SPDX-License-Identifier: Apache-2.0
"""Points become usage, in order; what cannot is told."""

import datetime
import logging
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from oslo_config import cfg

from ceilobatch.metric import Metric, Mutation
from ceilobatch.plugins import loader
from ceilobatch.plugins.period_handlers.usage import UsageHandler
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.usage import PeriodBatch, Point, Usage

BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
END = BEGIN + datetime.timedelta(hours=1)
IMAGE = Metric(name="image.size", unit="MiB", alt_name="image", factor=Fraction(1, 2**20))
CPU = Metric(name="cpu", unit="instance", alt_name="instance", mutate=Mutation.NUMBOOL)


@pytest.fixture
def handler() -> UsageHandler:
    """As it is found by its name."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    option = "[processor] handlers"
    made = loader.construct(conf, loader.PERIOD_HANDLERS, "usage", option, CallRegistry())
    assert isinstance(made, UsageHandler)
    return made


def batch(
    metrics: Sequence[Metric],
    points: Mapping[str, Sequence[Point]],
    rejected: Mapping[str, str] | None = None,
) -> PeriodBatch:
    return PeriodBatch("scope-1", BEGIN, END, metrics, points, rejected or {})


def point(value: float | Decimal, name: str = "a") -> Point:
    return Point(value, {"id": name}, {"colour": "red"})


def test_every_point_becomes_usage_in_the_order_of_metrics_and_points(
    handler: UsageHandler,
) -> None:
    points = {
        "instance": [point(0.0, "c"), point(17, "b")],
        "image": [point(524288, "z"), point(2.0**20, "y")],
    }
    made = batch([IMAGE, CPU], points)
    handler.handle(made)
    red = {"colour": "red"}
    assert made.usages == [
        Usage("image", "MiB", Decimal("0.5"), {"id": "z"}, red),
        Usage("image", "MiB", Decimal(1), {"id": "y"}, red),
        Usage("instance", "instance", Decimal(0), {"id": "c"}, red),
        Usage("instance", "instance", Decimal(1), {"id": "b"}, red),
    ]
    assert made.rejected == {}


def test_a_metric_without_points_or_that_was_rejected_has_no_usage(handler: UsageHandler) -> None:
    made = batch([IMAGE, CPU], {"image": []}, {"instance": "there is no such metric"})
    handler.handle(made)
    assert made.usages == []
    assert made.rejected == {"instance": "there is no such metric"}


def test_a_value_that_is_no_finite_number_is_left_out_and_told(
    handler: UsageHandler, caplog: pytest.LogCaptureFixture
) -> None:
    points = {
        "image": [point(2**20, "a"), point(math.nan, "b"), point(math.inf, "c")],
        "instance": [Point(Decimal("NaN"), {}, {})],
    }
    made = batch([IMAGE, CPU], points)
    with caplog.at_level(logging.WARNING):
        handler.handle(made)
    assert [usage.groupby["id"] for usage in made.usages] == ["a"]
    left_out = "points left out, whose value is no finite number: the first is"
    assert made.rejected == {
        "image": f"2 of 3 {left_out} nan, of id=b",
        "instance": f"1 of 1 {left_out} Decimal('NaN'), of the scope",
    }
    assert caplog.messages == [
        f"scope-1, {BEGIN}, image: {made.rejected['image']}",
        f"scope-1, {BEGIN}, instance: {made.rejected['instance']}",
    ]


def test_a_batch_that_is_handled_again_has_the_same_usage(handler: UsageHandler) -> None:
    made = batch([IMAGE], {"image": [point(1), point(math.nan, "b")]})
    handler.handle(made)
    usages, rejected = list(made.usages), dict(made.rejected)
    handler.handle(made)
    assert (made.usages, made.rejected) == (usages, rejected)


def test_a_metric_that_has_changed_is_converted_anew(handler: UsageHandler) -> None:
    quantities = []
    for factor in (1, 2, 2):
        metric = Metric(name="m", unit="u", alt_name="m", factor=Fraction(factor))
        made = batch([metric], {"m": [point(5)]})
        handler.handle(made)
        quantities.append(made.usages[0].quantity)
    assert quantities == [5, 10, 10]
