# SPDX-License-Identifier: Apache-2.0
"""What paths compute: arithmetic, concatenation and the functions between backticks."""

import functools
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Function = Callable[[Any], list[Any]]
"""From a value to what is calculated from it, an empty list where that cannot be done."""

X = TypeVar("X")
Number = int | float

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def operation(
    left: Callable[[X], list[Any]] | str | Number,
    calculate: Callable[[Any, Any], Any],
    right: Callable[[X], list[Any]] | str | Number,
) -> Callable[[X], list[Any]]:
    """Numbers calculated, or texts put together, pair by pair; a literal goes with each.

    Nothing where the sides find different numbers of values, or values that do not go together.
    """

    def find(where: X) -> list[Any]:
        one = left(where) if callable(left) else left
        other = right(where) if callable(right) else right
        try:
            return [_calculated(calculate, *pair) for pair in _pairs(one, other)]
        except (TypeError, ArithmeticError):
            return []

    return find


def _pairs(left: Any, right: Any) -> Sequence[tuple[Any, Any]]:
    if not isinstance(left, list):
        left = [left] * (len(right) if isinstance(right, list) else 1)
    if not isinstance(right, list):
        right = [right] * len(left)
    return list(zip(left, right, strict=True)) if len(left) == len(right) else []


def _calculated(calculate: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Of two numbers or two texts only: a text times a number that comes with a notification
    could take all of the memory.
    """
    if type(left) is type(right) or (isinstance(left, Number) and isinstance(right, Number)):
        return calculate(left, right)
    raise TypeError


def split(separator: str, segment: str, limit: int) -> Function:
    """One part of a text, or all of them as a list where the segment is ``*``."""
    part = None if segment == "*" else int(segment)

    def find(value: Any) -> list[Any]:
        if not isinstance(value, str):
            return []
        parts = value.split(separator, limit)
        if part is None:
            return [parts]
        return [parts[part]] if -len(parts) <= part < len(parts) else []

    return find


def substitute(pattern: re.Pattern[str], replacement: str) -> Function:
    """The text with all that matches replaced; nothing where that changes nothing."""

    def find(value: Any) -> list[Any]:
        if not isinstance(value, str):
            return []
        changed = pattern.sub(replacement, value)
        return [] if changed == value else [changed]

    return find


def length(value: Any) -> list[Any]:
    """How many characters, items or keys there are."""
    return [len(value)] if isinstance(value, str | list | dict) else []


def keys(value: Any) -> list[Any]:
    """The keys of an object."""
    return list(value) if isinstance(value, dict) else []


def as_text(value: Any) -> list[Any]:
    """The value written down."""
    try:
        return [str(value)]
    except (RecursionError, ValueError):
        return []


def ordered(by: Sequence[tuple[Function, bool]]) -> Function:
    """A list sorted, or the sorted keys of an object.

    :param by: finds what the items of a list are compared by, each with whether it goes
        downwards; the items themselves where there is none.
    """
    key = functools.cmp_to_key(functools.partial(_compare, by)) if by else None

    def find(value: Any) -> list[Any]:
        if not isinstance(value, list) and (by or not isinstance(value, dict)):
            return []
        try:
            return [sorted(value, key=key)]
        except (TypeError, RecursionError):
            return []

    return find


def _compare(by: Sequence[tuple[Function, bool]], left: Any, right: Any) -> int:
    for find, downwards in by:
        one, other = find(left), find(right)
        if len(one) != 1 or len(other) != 1 or one[0] == other[0]:
            continue
        return -1 if (one[0] < other[0]) is not downwards else 1
    return 0
