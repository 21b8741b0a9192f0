# SPDX-License-Identifier: Apache-2.0
"""Groups: the series that were asked for, one by one, by dimensions, or all as one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ceilobatch.api.history import Found, History, Moment
from ceilobatch.api.monasca import refusals
from ceilobatch.api.monasca.dimensions import matching
from ceilobatch.api.monasca.query import Query, Span


class Group(NamedTuple):
    """Moments that are told together, and the dimensions they are told with."""

    dimensions: Mapping[str, str]
    moments: Sequence[Moment]


class Asked(NamedTuple):
    """Which groups."""

    name: str
    dimensions: Mapping[str, str]
    span: Span
    merged: bool
    group_by: Sequence[str]

    @classmethod
    def of(cls, query: Query) -> "Asked":
        """In the order in which mistakes are told."""
        name, dimensions, span = (
            query.required_name(),
            query.dimensions(),
            query.span(required=True),
        )
        return cls(name, dimensions, span, query.merged(), query.group_by())


def groups(history: History, asked: Asked) -> list[Group]:
    """Those that have moments.

    :raises falcon.HTTPError: neither groups nor all as one, and there are several series.
    """
    found = history.find(asked.name, matching(asked.dimensions), *asked.span)
    if asked.group_by:
        made = _by_dimensions(history, asked, found)
    elif asked.merged:
        made = [Group(asked.dimensions, _together(found))]
    elif len(found) > 1:
        raise refusals.several()
    else:
        made = [Group(one.dimensions, one.moments) for one in found]
    return [one for one in made if one.moments]


def _by_dimensions(history: History, asked: Asked, found: Iterable[Found]) -> list[Group]:
    keys = sorted(set(asked.group_by))
    if "*" in keys:
        labels = history.labels(asked.name)
        keys = sorted({key for label in labels for key in label.dimensions})
    parts: dict[tuple[str, ...], list[Found]] = {}
    for one in found:
        parts.setdefault(tuple(one.dimensions.get(key, "") for key in keys), []).append(one)
    return [
        Group(dict(zip(keys, values, strict=True)), _together(part))
        for values, part in sorted(parts.items())
    ]


def _together(found: Iterable[Found]) -> list[Moment]:
    """In order of time; those of the same time in the order of their series."""
    return sorted((moment for one in found for moment in one.moments), key=lambda one: one.time)
