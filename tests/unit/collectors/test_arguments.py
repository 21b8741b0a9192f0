# SPDX-License-Identifier: Apache-2.0
"""What is said of extra arguments that a collector cannot use."""

import pytest

from ceilobatch.plugins.collectors.prometheus import PrometheusCollector
from ceilobatch.plugins.collectors.sql import SqlCollector


@pytest.mark.parametrize("method", ["max", "min", "mean", "avg", "sum", "count", "last"])
def test_sql_takes_its_aggregation_methods(method):
    given = {"aggregation_method": method}
    assert SqlCollector.check_arguments(given) == (given, [])


def test_sql_takes_the_maximum_where_nothing_is_said():
    assert SqlCollector.check_arguments({}) == ({"aggregation_method": "max"}, [])


@pytest.mark.parametrize("method", ["median", 3, None, ["max"]])
def test_sql_refuses_what_it_cannot_do(method):
    mistakes = SqlCollector.check_arguments({"aggregation_method": method, "resource_type": "x"})[1]
    assert mistakes == [
        "resource_type: the collector sql has no such argument, only aggregation_method",
        f"aggregation_method: {method!r} is not one of max, min, mean, avg, sum, count, last",
    ]


def test_prometheus_takes_what_cloudkitty_takes():
    given = {
        "aggregation_method": "avg",
        "query_function": "ceil",
        "range_function": "delta",
        "query_prefix": "2 *",
        "query_suffix": "> 0",
    }
    assert PrometheusCollector.check_arguments(given) == (given, [])
    defaults = {"aggregation_method": "max", "query_prefix": "", "query_suffix": ""}
    assert PrometheusCollector.check_arguments({}) == (defaults, [])


def test_prometheus_refuses_what_it_cannot_do():
    given = {
        "aggregation_method": "median",
        "query_function": ["abs"],
        "range_function": None,
        "query_prefix": 1,
        "resource_type": "x",
    }
    mistakes = PrometheusCollector.check_arguments(given)[1]
    assert mistakes == [
        "aggregation_method: 'median' is not one of avg, count, max, min, stddev, stdvar, sum",
        "query_function: ['abs'] is not one of abs, ceil, exp, floor, ln, log2, log10, round, sqrt",
        "range_function: None is not one of changes, delta, deriv, idelta, increase, irange, irate,"
        " rate, resets",
        "query_prefix: 1 is not a text",
        "resource_type: the collector prometheus has no such argument (there are"
        " aggregation_method, query_function, range_function, query_prefix, query_suffix)",
    ]
