# SPDX-License-Identifier: Apache-2.0
"""The archive policies of a resource definition file."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ceilobatch.definitions.convert import shown
from ceilobatch.definitions.metric_keys import refuse_repeated
from ceilobatch.definitions.problems import Place

KEYS = ("name", "aggregation_methods", "back_window", "definition")
LEVEL_KEYS = ("granularity", "timespan", "points")

_METHOD = re.compile(
    r"(rate:)?(mean|sum|last|max|min|std|median|first|count|([1-9]|[1-9][0-9])pct)"
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*"
    r"(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?)?"
    r"(?![a-z])[\s,]*"
)


def seconds(value: Any) -> float | None:
    """The seconds of a number or of a text such as ``5 minutes`` or ``1:00:00``, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) and value > 0 else None
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    clock = re.fullmatch(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)", text)
    if clock:
        hours, minutes, rest = clock.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(rest)
    total, end = 0.0, 0
    while end < len(text):
        part = _PART.match(text, end)
        if part is None:
            return None
        total += float(part[1]) * _UNITS[(part[2] or "s")[0]]
        end = part.end()
    return total or None


def check(policy: Any, place: Place) -> tuple[str, float] | None:
    """Name and back window in seconds of one policy; None after its problems have been told."""
    if not isinstance(policy, Mapping):
        place.refuse("this is not a mapping")
        return None
    refuse_repeated(policy, place)
    for key in [key for key in policy if key not in KEYS]:
        place.at(policy, key).refuse(f"there is no such key (there are {', '.join(KEYS)})")
    name = policy.get("name")
    if not (isinstance(name, str) and name):
        place.at(policy, "name").refuse("name is required and is a text")
        return None
    _check_methods(policy, place)
    window = policy.get("back_window", 0)
    if isinstance(window, bool) or not isinstance(window, int) or window < 0:
        place.at(policy, "back_window").refuse(f"{shown(window)} is not a number of blocks")
        return None
    block = _block(policy.get("definition"), place.at(policy, "definition"))
    return None if block is None else (name, block * window)


def _check_methods(policy: Mapping[Any, Any], place: Place) -> None:
    methods = policy.get("aggregation_methods", [])
    here = place.at(policy, "aggregation_methods")
    if not isinstance(methods, list):
        here.refuse(f"{shown(methods)} is not a list")
        return
    for method in methods:
        # A name with - takes it out of Gnocchi's default methods, one with + adds it.
        if not (isinstance(method, str) and _METHOD.fullmatch(method.lstrip("-+"))):
            here.refuse(f"{shown(method)} is not an aggregation method of Gnocchi")


def _block(levels: Any, place: Place) -> float | None:
    """The greatest granularity of the levels, in seconds."""
    if not isinstance(levels, list) or not levels:
        place.refuse("definition is required: a list of granularities with their timespans")
        return None
    found = [
        _granularity(level, place._replace(line=line))
        for level, line in zip(levels, getattr(levels, "lines", []), strict=True)
    ]
    known = [one for one in found if one is not None]
    return max(known) if len(known) == len(found) else None


def _granularity(level: Any, place: Place) -> float | None:
    if not isinstance(level, Mapping):
        place.refuse(f"{shown(level)} is not a mapping")
        return None
    read: dict[str, float] = {}
    for key, value in level.items():
        number = seconds(value)
        if key not in LEVEL_KEYS:
            place.refuse(f"there is no such key {key!r} (there are {', '.join(LEVEL_KEYS)})")
        elif number is None:
            place.refuse(f"{key}: {shown(value)} is not a positive number or a span of time")
        else:
            read[key] = number
    if len(read) < 2:
        place.refuse(f"two of {', '.join(LEVEL_KEYS)} are required")
        return None
    return read.get("granularity") or read["timespan"] / read["points"]
