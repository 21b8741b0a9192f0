# SPDX-License-Identifier: Apache-2.0
"""The ``extra_args`` of a metric that is read from Gnocchi."""

import re
from collections.abc import Mapping
from typing import Any

from ceilobatch.definitions.convert import shown

DEFAULTS: Mapping[str, Any] = {
    "resource_type": None,
    "resource_key": "id",
    "aggregation_method": "max",
    "re_aggregation_method": "max",
    "force_granularity": 3600,
    "use_all_resource_revisions": True,
    "custom_query": "",
}
BASIC_METHODS = ("mean", "sum", "last", "max", "min", "std", "median", "first", "count")
_METHOD = re.compile(rf"(rate:)?({'|'.join(BASIC_METHODS)})")
_ARCHIVED = re.compile(rf"{_METHOD.pattern}|(rate:)?[1-9][0-9]?pct")


def checked(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The arguments with their defaults, and one sentence for each that cannot be used."""
    mistakes = [
        f"{name}: there is no such argument of the collector gnocchi "
        f"(there are {', '.join(DEFAULTS)})"
        for name in arguments
        if name not in DEFAULTS
    ]
    mistakes += [
        f"{name}: {reason}"
        for name in DEFAULTS
        if (reason := _mistake(name, arguments)) is not None
    ]
    return {**DEFAULTS, **arguments}, mistakes


def _mistake(name: str, arguments: Mapping[str, Any]) -> str | None:
    if name not in arguments:
        return "it is required" if DEFAULTS[name] is None else None
    value = arguments[name]
    wrong = {
        "resource_type": not _is_text(value),
        "resource_key": not _is_text(value),
        "aggregation_method": not (_is_text(value) and _ARCHIVED.fullmatch(value)),
        "re_aggregation_method": not (_is_text(value) and _METHOD.fullmatch(value)),
        "force_granularity": isinstance(value, bool) or not isinstance(value, int) or value < 0,
        "use_all_resource_revisions": not isinstance(value, bool),
        "custom_query": not isinstance(value, str),
    }[name]
    return f"{shown(value)} is not {_WANTED[name]}" if wrong else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


_METHODS_WANTED = f"one of {', '.join(BASIC_METHODS)}, nor one of them after rate:"
_WANTED = {
    "resource_type": "a text, or is empty",
    "resource_key": "a text, or is empty",
    "aggregation_method": f"{_METHODS_WANTED}, nor a percentile such as 95pct",
    "re_aggregation_method": _METHODS_WANTED,
    "force_granularity": "a number of whole seconds, 0 or more",
    "use_all_resource_revisions": "true or false",
    "custom_query": "a text",
}
