# SPDX-License-Identifier: Apache-2.0
"""Readers of single values that clients send; each raises ValueError with one sentence."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ceilobatch import moments

T = TypeVar("T")
Reader = Callable[[Any], Any]

LONGEST = 255
# Each asterisk multiplies the time that a database may need for a long text.
ASTERISKS = 4
_BOOLEANS: Mapping[Any, bool] = {"true": True, "1": True, "false": False, "0": False}
_SHOWN = 60


def text(value: Any, most: int = LONGEST, least: int = 0) -> str:
    """A text that every store and every log can hold."""
    if not isinstance(value, str):
        raise ValueError("it is not a text")
    if len(value) > most:
        raise ValueError(f"it is longer than {most} characters")
    if len(value.strip()) < least:
        raise ValueError("it is empty")
    if any(ord(one) < 32 or 0xD800 <= ord(one) <= 0xDFFF for one in value):
        raise ValueError("it has control characters in it, or half of a surrogate pair")
    return value


def name(value: Any) -> str:
    """A text that is not empty."""
    return text(value, least=1)


def sentence(value: Any) -> str:
    """Why somebody does something."""
    return text(value, 1000, 1)


def pattern(value: Any) -> str:
    """A text with wildcards, of which there may be few."""
    found = name(value)
    if found.count("*") > ASTERISKS:
        raise ValueError(f"it has more than {ASTERISKS} asterisks")
    return found


def moment(value: Any) -> Any:
    """A point in time, aware, UTC."""
    return moments.moment(text(value))


def boolean(value: Any) -> bool:
    """``true`` or ``false``, as JSON or as text."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in _BOOLEANS:
        raise ValueError(f"{shown(value)} is neither true nor false")
    return _BOOLEANS[value.lower()]


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A reader of whole numbers, as JSON or as text."""

    def read(value: Any) -> int:
        number = value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            number = int(value)
        if type(number) is not int or not least <= number <= most:
            raise ValueError(f"{shown(value)} is not a whole number from {least} to {most}")
        return number

    return read


def choice(*known: str) -> Callable[[Any], str]:
    """A reader of one of these."""

    def read(value: Any) -> str:
        if value not in known:
            raise ValueError(f"{shown(value)} is none of {', '.join(known)}")
        return str(value)

    return read


def several(read: Callable[[Any], T], most: int) -> Callable[[Any], list[T]]:
    """A reader of a list of what another one reads."""

    def read_all(value: Any) -> list[T]:
        if not isinstance(value, list) or not 0 < len(value) <= most:
            raise ValueError(f"it is not a list of 1 to {most}")
        return [read(one) for one in value]

    return read_all


def shown(value: Any) -> str:
    """The beginning of what a client sent, for an error."""
    found = ascii(value)
    return found if len(found) <= _SHOWN else found[:_SHOWN] + "..."
