# SPDX-License-Identifier: Apache-2.0
"""The queries that a metric becomes in the language of Prometheus.

A metric is a range of each of its series folded over time, perhaps by a range function, perhaps
changed by a query function, then aggregated by the labels that are asked for. So cloudkitty does
it, for one scope at a time: https://docs.openstack.org/cloudkitty/latest/admin/configuration/
collector.html.
"""

import re
from collections.abc import Iterable, Sequence

from ceilobatch.metric import Metric

# What is behind it only tells one use of a metric from another.
ALIAS = "@#"


def is_custom(metric: Metric) -> bool:
    """Whether somebody has written a part of the query.

    What that part does to the series of several scopes at a time, nobody knows.
    """
    arguments = metric.extra_args
    return bool(arguments["query_prefix"] or arguments["query_suffix"])


def query_of_scopes(metric: Metric, scope_key: str, scopes: Sequence[str], span: int) -> str:
    """The query of several scopes, whose label the answer has.

    :param span: milliseconds of each series that are folded into one value.
    """
    alternatives = "|".join(map(re.escape, scopes))
    return _query(metric, f"{scope_key}=~{quoted(alternatives)}", span, labels(metric, scope_key))


def query_of_scope(metric: Metric, scope_key: str, scope: str, span: int) -> str:
    """The query of one scope, with what somebody wants before and behind it."""
    query = _query(metric, f"{scope_key}={quoted(scope)}", span, labels(metric))
    arguments = metric.extra_args
    parts = (arguments["query_prefix"], query, arguments["query_suffix"])
    return " ".join(filter(None, parts))


def labels(metric: Metric, *first: str) -> list[str]:
    """The labels of the answer, each once."""
    return list(dict.fromkeys([*first, *metric.groupby, *metric.metadata]))


def quoted(text: str) -> str:
    """A text as the language writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _query(metric: Metric, selector: str, span: int, by: Iterable[str]) -> str:
    arguments = metric.extra_args
    method = arguments["aggregation_method"]
    over_time = arguments.get("range_function") or f"{method}_over_time"
    name = metric.name.partition(ALIAS)[0]
    folded = f"{over_time}({name}{{{selector}}}[{span}ms])"
    if function := arguments.get("query_function"):
        folded = f"{function}({folded})"
    return f"{method}({folded}) by ({', '.join(by)})"
