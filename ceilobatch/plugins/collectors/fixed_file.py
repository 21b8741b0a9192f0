# SPDX-License-Identifier: Apache-2.0
"""Reads a file of points, and says everything that is wrong with it."""

import datetime
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml

from ceilobatch import errors, isotime
from ceilobatch.processor.calendar import EPOCH

KEYS = ("metric", "scope", "begin", "value", "groupby", "metadata")
REQUIRED = KEYS[:4]
MOST_PROBLEMS = 20
_OPTION = "[collector_fixed] file"


class Written(NamedTuple):
    """A point as the file has it."""

    value: Decimal | float | int
    groupby: Mapping[str, str]
    metadata: Mapping[str, str]


class Place(NamedTuple):
    """What a point is of."""

    metric: str
    scope: str
    begin: datetime.datetime


Points = dict[Place, list[Written]]


def read_points(file: Path, period: datetime.timedelta) -> Points:
    """The points of a JSON file (``.json``) or a YAML file.

    :raises ConfigurationError: it cannot be read, or what is wrong with its points.
    """
    entries = _entries(file)
    points: Points = {}
    problems = []
    for number, entry in enumerate(entries, 1):
        wrong = list(_problems(entry, period))
        problems += [f"{_OPTION}: {file}: point {number}: {problem}" for problem in wrong]
        if not wrong:
            place = Place(entry["metric"], str(entry["scope"]), _begin(entry["begin"]))
            points.setdefault(place, []).append(
                Written(
                    _number(entry["value"]),
                    _texts(entry.get("groupby")),
                    _texts(entry.get("metadata")),
                )
            )
    if problems:
        raise errors.ConfigurationError(problems[:MOST_PROBLEMS])
    return points


def _entries(file: Path) -> list[Any]:
    try:
        content = file.read_bytes()
        if file.suffix == ".json":
            entries = orjson.loads(content)
        else:
            entries = yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except OSError as error:
        raise errors.ConfigurationError(f"{_OPTION}: {file}: {error.strerror}") from None
    except (ValueError, yaml.YAMLError) as error:
        sentence = " ".join(str(error).split())
        raise errors.ConfigurationError(f"{_OPTION}: {file}: {sentence}") from None
    if not isinstance(entries, list):
        raise errors.ConfigurationError(f"{_OPTION}: {file}: this is not a list of points")
    return entries


def _problems(entry: Any, period: datetime.timedelta) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield "this is not a mapping"
        return
    for key in entry:
        if key not in KEYS:
            yield f"there is no key {key!r} (there are {', '.join(KEYS)})"
    for key in REQUIRED:
        if key not in entry:
            yield f"{key} is missing"
        elif problem := _CHECKS[key](entry[key]):
            yield f"{key}: {problem}"
        elif key == "begin" and (_begin(entry[key]) - EPOCH) % period:
            yield f"begin: {entry[key]} is not the begin of a period"
    for key in ("groupby", "metadata"):
        if not isinstance(entry.get(key, {}), Mapping):
            yield f"{key}: {entry[key]!r} is not a mapping"


def _text_problem(value: Any) -> str:
    return "" if isinstance(value, str) and value else f"{value!r} is not a text"


def _scope_problem(value: Any) -> str:
    # YAML makes a number of an id that consists of digits.
    return "" if isinstance(value, str | int) else f"{value!r} is not a text"


def _begin_problem(value: Any) -> str:
    try:
        _begin(value)
    except (TypeError, ValueError, OverflowError):
        return f"{value!r} is not a time, such as 2026-01-01T00:00"
    return ""


def _value_problem(value: Any) -> str:
    try:
        finite = math.isfinite(_number(value))
    except (TypeError, ValueError, ArithmeticError):
        finite = False
    return "" if finite else f"{value!r} is not a number"


_CHECKS = {
    "metric": _text_problem,
    "scope": _scope_problem,
    "begin": _begin_problem,
    "value": _value_problem,
}


def _begin(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        # YAML has made a time of it, in UTC where there is no zone.
        return value.replace(tzinfo=value.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    return isotime.utc(value.isoformat() if isinstance(value, datetime.date) else value)


def _number(value: Any) -> Decimal | float | int:
    if isinstance(value, bool):
        raise TypeError
    return value if isinstance(value, int | float) else Decimal(value)


def _texts(values: Mapping[Any, Any] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (values or {}).items()}
