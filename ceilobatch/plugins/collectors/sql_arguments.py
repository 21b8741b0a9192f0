# SPDX-License-Identifier: Apache-2.0
"""The ``extra_args`` of metrics that are read from the samples store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ceilobatch.plugins.collectors.buckets import Number, fold

METHOD = "aggregation_method"
DEFAULT_METHOD = "max"


def _folding(method: str) -> Callable[[Sequence[float]], Number]:
    return lambda values: fold(method, values)


# Each makes one value of those of all samples of a period, in the order of their time.
AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], Number]] = {
    "max": _folding("max"),
    "min": _folding("min"),
    "mean": _folding("mean"),
    "avg": _folding("mean"),
    "sum": _folding("sum"),
    "count": len,
    "last": _folding("last"),
}


def checked(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """See :meth:`ceilobatch.plugins.processing.Collector.check_arguments`."""
    return {METHOD: DEFAULT_METHOD, **arguments}, list(_mistakes(arguments))


def _mistakes(arguments: Mapping[str, Any]) -> Iterator[str]:
    for name in arguments:
        if name != METHOD:
            yield f"{name}: the collector sql has no such argument, only {METHOD}"
    method = arguments.get(METHOD, DEFAULT_METHOD)
    if not (isinstance(method, str) and method in AGGREGATIONS):
        yield f"{METHOD}: {method!r} is not one of {', '.join(AGGREGATIONS)}"
