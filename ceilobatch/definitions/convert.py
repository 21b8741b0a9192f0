# SPDX-License-Identifier: Apache-2.0
"""Values of a notification converted to the types of traits and samples."""

import datetime
import math
from collections.abc import Callable
from typing import Any

from ceilobatch.isotime import utc
from ceilobatch.model import TraitType, TraitValue

TEXT_LENGTH = 255
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
SHOWN = 60

FAILURES = (ValueError, TypeError, OverflowError, RecursionError)
"""What a conversion raises where a value cannot be converted."""


def text(value: Any) -> str:
    """Whatever it is, written down and cut at 255 characters."""
    return str(value)[:TEXT_LENGTH]


def integer(value: Any) -> int | None:
    """A 64-bit number; None for an empty text."""
    if value == "":
        return None
    number = value if type(value) is int else int(value)
    if INT_MIN <= number <= INT_MAX:
        return number
    raise ValueError("does not fit into 64 bits")


def real(value: Any) -> float | None:
    """A finite number; None for an empty text."""
    if value == "":
        return None
    number = float(value)
    if math.isfinite(number):
        return number
    raise ValueError("is not finite")


def moment(value: Any) -> datetime.datetime | None:
    """A time in ISO 8601 as an aware one in UTC, which is also taken for granted where it
    names no zone; None for an empty text.
    """
    return None if value == "" else utc(value)


CONVERSIONS: dict[TraitType, Callable[[Any], TraitValue | None]] = {
    "text": text,
    "int": integer,
    "float": real,
    "datetime": moment,
}


def shown(value: Any) -> str:
    """A value for a sentence: short, whatever it is."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str) and len(value) > SHOWN:
        return f"{value[:SHOWN]!r}..."
    try:
        return repr(value)[:SHOWN]
    except ValueError:
        return "a very long number"
