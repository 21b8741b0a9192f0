# SPDX-License-Identifier: Apache-2.0
"""The extra arguments of Gnocchi's metrics are checked when they are loaded."""

from typing import Any

import pytest

from ceilobatch.plugins.collectors.gnocchi import GnocchiCollector
from ceilobatch.plugins.gnocchi.options import OPTIONS


def test_all_but_the_resource_type_have_defaults() -> None:
    arguments, mistakes = GnocchiCollector.check_arguments({"resource_type": "instance"})
    assert mistakes == []
    assert arguments == {
        "resource_type": "instance",
        "resource_key": "id",
        "aggregation_method": "max",
        "re_aggregation_method": "max",
        "force_granularity": 3600,
        "use_all_resource_revisions": True,
        "custom_query": "",
    }
    assert GnocchiCollector.grouped_by({**arguments, "resource_key": "team"}) == ("team",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resource_type", ""),
        ("resource_type", 3),
        ("resource_key", None),
        ("aggregation_method", "biggest"),
        ("aggregation_method", "100pct"),
        ("aggregation_method", ["max"]),
        ("re_aggregation_method", "95pct"),
        ("force_granularity", -1),
        ("force_granularity", 60.5),
        ("force_granularity", True),
        ("use_all_resource_revisions", "yes"),
        ("custom_query", 3),
        ("range_function", "increase"),
    ],
)
def test_a_mistake_is_told_with_the_name_of_the_argument(name: str, value: Any) -> None:
    _, mistakes = GnocchiCollector.check_arguments({"resource_type": "instance", name: value})
    assert len(mistakes) == 1
    assert mistakes[0].startswith(f"{name}: ")


def test_the_resource_type_is_required() -> None:
    _, mistakes = GnocchiCollector.check_arguments({})
    assert mistakes == ["resource_type: it is required"]


@pytest.mark.parametrize("method", ["rate:mean", "count", "95pct", "rate:1pct", "median"])
def test_every_method_of_an_archive_policy_can_be_named(method: str) -> None:
    _, mistakes = GnocchiCollector.check_arguments(
        {"resource_type": "instance", "aggregation_method": method}
    )
    assert mistakes == []


def test_options_have_different_names() -> None:
    names = [option.dest for option in OPTIONS]
    assert len(set(names)) == len(names)
