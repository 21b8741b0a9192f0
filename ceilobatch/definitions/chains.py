# SPDX-License-Identifier: Apache-2.0
"""Getters of plain paths: one key after the other, as closures made for their depth."""

from collections.abc import Callable
from typing import Any

Body = dict[Any, Any]
Key = str | int
Keys = tuple[Key, ...]
Getter = Callable[[Body], Any]

# A key of something that has no keys, an index beyond the end, a null on the way.
ABSENT = (LookupError, TypeError, AttributeError)


def chain(keys: Keys) -> Getter:
    """The value that lies under these keys, or None where any of them is missing.

    The last key is asked for with ``get``: it is the one that is often missing, and an
    exception costs five times as much.
    """
    if not isinstance(keys[-1], str):
        return _any_depth(keys)
    return _BY_DEPTH.get(len(keys), _any_depth)(keys)


def _one(keys: Keys) -> Getter:
    (key,) = keys

    def get(body: Body) -> Any:
        try:
            return body.get(key)
        except ABSENT:
            return None

    return get


def _two(keys: Keys) -> Getter:
    first, last = keys

    def get(body: Body) -> Any:
        try:
            return body[first].get(last)
        except ABSENT:
            return None

    return get


def _three(keys: Keys) -> Getter:
    first, second, last = keys

    def get(body: Body) -> Any:
        try:
            return body[first][second].get(last)
        except ABSENT:
            return None

    return get


def _four(keys: Keys) -> Getter:
    first, second, third, last = keys

    def get(body: Body) -> Any:
        try:
            return body[first][second][third].get(last)
        except ABSENT:
            return None

    return get


def _any_depth(keys: Keys) -> Getter:
    def get(body: Body) -> Any:
        value: Any = body
        try:
            for key in keys:
                value = value[key]
        except ABSENT:
            return None
        return value

    return get


_BY_DEPTH: dict[int, Callable[[Keys], Getter]] = {1: _one, 2: _two, 3: _three, 4: _four}


def matches(keys: Keys) -> Callable[[Body], list[Any]]:
    """The value under these keys in a list, which is empty where any of them is missing;
    unlike for :func:`chain`, a null that is there is a match.
    """

    def find(body: Body) -> list[Any]:
        value: Any = body
        try:
            for key in keys:
                value = value[key]
        except ABSENT:
            return []
        return [value]

    return find


def first_of(getters: list[Getter]) -> Getter:
    """The first value that is not null, in this order."""
    if len(getters) == 1:
        return getters[0]
    if len(getters) == 2:
        return _either(*getters)

    def get(body: Body) -> Any:
        for getter in getters:
            value = getter(body)
            if value is not None:
                return value
        return None

    return get


def _either(first: Getter, second: Getter) -> Getter:
    def get(body: Body) -> Any:
        value = first(body)
        return second(body) if value is None else value

    return get
