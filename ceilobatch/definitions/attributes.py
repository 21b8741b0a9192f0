# SPDX-License-Identifier: Apache-2.0
"""The attributes of samples, checked and converted."""

import datetime
import math
from typing import Any, Literal, cast

from ceilobatch.definitions.convert import INT_MAX, INT_MIN, moment, shown, text
from ceilobatch.model import SampleType

TYPES = ("gauge", "delta", "cumulative")
IdKey = Literal["user_id", "project_id", "resource_id"]


class Unusable(ValueError):
    """Something that no sample can have, as a sentence."""


def volume(value: Any) -> int | float:
    """A finite number, which may stand in a text; a boolean is none.

    :raises Unusable: it is missing or something else.
    """
    if value is None:
        raise Unusable("volume is missing")
    number = _number_in(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise Unusable(f"volume is {shown(value)}, not a number")
    if isinstance(number, int) and INT_MIN <= number <= INT_MAX:
        return number
    return _finite(number)


def _number_in(value: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return None


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Unusable("volume is not finite")
    return number


def sample_type(value: Any) -> SampleType:
    """One of the three types.

    :raises Unusable: it is none of them.
    """
    if value in TYPES:
        return cast(SampleType, value)
    raise Unusable(f"type is {shown(value)}, not one of {', '.join(TYPES)}")


def name(value: Any) -> str:
    """A text that is not empty.

    :raises Unusable: it is something else.
    """
    if isinstance(value, str) and value:
        return value
    raise Unusable(f"name is {shown(value)}, not a text")


def unit(value: Any) -> str:
    """A text; a number is written down.

    :raises Unusable: it is missing or something else.
    """
    if value is None:
        raise Unusable("unit is missing")
    return _text("unit", value)


def identifier(key: IdKey, value: Any) -> str | None:
    """A text or None; a number is written down.

    :raises Unusable: it is something else.
    """
    return None if value is None else _text(key, value)


def timestamp(value: Any, default: datetime.datetime) -> datetime.datetime:
    """An aware time in UTC; the default where there is none.

    :raises Unusable: it is no time in ISO 8601.
    """
    if not value:
        return default
    try:
        return moment(value) or default
    except (ValueError, TypeError, OverflowError):
        raise Unusable(f"timestamp is {shown(value)}, not an ISO 8601 time") from None


def _text(key: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return text(value)
    raise Unusable(f"{key} is {shown(value)}, not a text")
