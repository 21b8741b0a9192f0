# SPDX-License-Identifier: Apache-2.0
"""What lies directly in a value: the keys, indices, slices and filters of paths.

The meaning is that of jsonpath-rw, which definition files are written for; where that raises
on a value, such as an index of a null, nothing is found here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ceilobatch.definitions.chains import ABSENT

Branches = Callable[[Any], list[tuple[str, Any]]]
"""From a value to those in it, each with the label that it has there."""

Test = Callable[[Any], Any]
"""Whether a filter takes an item."""


def fields(names: Sequence[str]) -> Branches:
    """The values under these keys of an object; ``*`` stands for all of its keys."""
    every = "*" in names

    def find(value: Any) -> list[tuple[str, Any]]:
        if not isinstance(value, dict):
            return []
        if every:
            return list(value.items())
        return [(name, value[name]) for name in names if name in value]

    return find


def indices(numbers: Sequence[int]) -> Branches:
    """The items at these places of a list, counted from its end where negative."""

    def find(value: Any) -> list[tuple[str, Any]]:
        found = []
        for number in numbers:
            try:
                found.append((f"[{number}]", value[number]))
            except ABSENT:
                continue
        return found

    return find


def items(part: slice) -> Branches:
    """The items of a list, or a part of them; what is no list counts as a list of itself."""

    def find(value: Any) -> list[tuple[str, Any]]:
        if isinstance(value, dict | int | str):
            value = [value]
        if not isinstance(value, list):
            return []
        return [(f"[{place}]", value[place]) for place in range(len(value))[part]]

    return find


def matching(test: Test) -> Branches:
    """The items of a list that pass a test."""

    def find(value: Any) -> list[tuple[str, Any]]:
        if not isinstance(value, list):
            return []
        return [(f"[{place}]", item) for place, item in enumerate(value) if test(item)]

    return find


def inside(value: Any) -> list[tuple[str, Any]]:
    """Everything in an object or a list."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(f"[{place}]", item) for place, item in enumerate(value)]
    return []
