# SPDX-License-Identifier: Apache-2.0
"""Dimensions as they are asked for: ``key:value``, ``key:one|other`` or ``key`` alone."""

from collections.abc import Callable, Iterable, Mapping

from ceilobatch.api.monasca.rules import check_key, check_value


def parse(texts: Iterable[str]) -> dict[str, str]:
    """By key; the last of several for the same key counts, and a key alone has an empty value.

    :param texts: lists with commas between.
    :raises falcon.HTTPError: one cannot be.
    """
    found: dict[str, str] = {}
    for text in texts:
        for one in text.split(","):
            key, _, value = one.partition(":")
            found[key] = value
    for key, value in found.items():
        check_key(key)
        for alternative in value.split("|") if value else ():
            check_value(key, alternative)
    return found


def matching(asked: Mapping[str, str]) -> Callable[[Mapping[str, str]], bool]:
    """Whether a series has all of these dimensions, and others or none besides."""
    alternatives = {key: value.split("|") if value else None for key, value in asked.items()}

    def wanted(dimensions: Mapping[str, str]) -> bool:
        return all(
            key in dimensions if values is None else dimensions.get(key) in values
            for key, values in alternatives.items()
        )

    return wanted
