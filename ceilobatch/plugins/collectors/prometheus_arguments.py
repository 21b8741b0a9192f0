# SPDX-License-Identifier: Apache-2.0
"""The ``extra_args`` of metrics that are read from Prometheus, as cloudkitty's users know them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

METHODS = ("avg", "count", "max", "min", "stddev", "stdvar", "sum")
CHOICES: Mapping[str, Sequence[str]] = {
    "aggregation_method": METHODS,
    "query_function": ("abs", "ceil", "exp", "floor", "ln", "log2", "log10", "round", "sqrt"),
    "range_function": (
        *("changes", "delta", "deriv", "idelta", "increase", "irange", "irate", "rate"),
        "resets",
    ),
}
TEXTS = ("query_prefix", "query_suffix")
DEFAULTS = {"aggregation_method": "max", "query_prefix": "", "query_suffix": ""}


def checked(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """See :meth:`ceilobatch.plugins.processing.Collector.check_arguments`."""
    return {**DEFAULTS, **arguments}, list(_mistakes(arguments))


def _mistakes(arguments: Mapping[str, Any]) -> Iterator[str]:
    for name, value in arguments.items():
        if name in TEXTS:
            if not isinstance(value, str):
                yield f"{name}: {value!r} is not a text"
        elif name not in CHOICES:
            known = ", ".join([*CHOICES, *TEXTS])
            yield f"{name}: the collector prometheus has no such argument (there are {known})"
        elif value not in CHOICES[name]:
            yield f"{name}: {value!r} is not one of {', '.join(CHOICES[name])}"
