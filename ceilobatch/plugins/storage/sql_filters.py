# SPDX-License-Identifier: Apache-2.0
"""The conditions under which stored events and samples are listed, on every database alike."""

import datetime
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ceilobatch.model import TraitValue
from ceilobatch.plugins.storage.sql_rows import iso
from ceilobatch.plugins.storage.sql_schema import EVENT, SAMPLE

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LAST_CHARACTER = "\U0010ffff"
_WILDCARDS = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class TraitFilter:
    """Events that have a trait of the value's type for which this holds.

    :ivar op: one of ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``.
    :ivar value: a text, an integer, a float or an aware datetime; its type is the trait's.
    """

    name: str
    op: str
    value: TraitValue

    def __post_init__(self) -> None:
        if self.op not in OPERATORS:
            raise ValueError(f"{self.op!r} is not one of {' '.join(OPERATORS)}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is listed: all conditions that are given hold; times are aware.

    :ivar name: of an event its type, of a sample its meter; ``*``, ``?`` and ``[...]`` stand for
        any characters, any one and one of these.
    :ivar since: the earliest moment.
    :ivar until: the moment before which it must have been.
    """

    name: str | None = None
    project: str | None = None
    resource: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    traits: Sequence[TraitFilter] = ()

    def conditions(self, table: sa.Table) -> Iterator[sa.ColumnElement[bool]]:
        """The same as SQL for ``EVENT`` or ``SAMPLE``."""
        name, moment = _NAMES[table.name]
        if self.name is not None:
            yield matches(table.c[name], self.name)
        if self.project is not None:
            yield table.c.project_id == self.project
        if self.resource is not None:
            yield table.c.resource_id == self.resource
        if self.since is not None:
            yield table.c[moment] >= self.since
        if self.until is not None:
            yield table.c[moment] < self.until
        for trait in self.traits:
            yield _trait(trait)


_NAMES = {EVENT.name: ("event_type", "generated"), SAMPLE.name: ("name", "timestamp")}


def matches(column: sa.Column[Any], pattern: str) -> sa.ColumnElement[bool]:
    """Whether a text is the pattern, or fits it where it has wildcards; case counts."""
    if not _WILDCARDS.search(pattern):
        return column == pattern
    fits = column.regexp_match(_regular_expression(pattern))
    # What stands before the first wildcard lets the database use an index.
    prefix = _WILDCARDS.split(pattern, maxsplit=1)[0]
    return sa.and_(column.between(prefix, prefix + LAST_CHARACTER), fits) if prefix else fits


def _regular_expression(pattern: str) -> str:
    """A shell pattern in the regular expressions that all three databases have in common."""
    parts = re.findall(r"\*|\?|\[[^\]]+\]|.", pattern, re.DOTALL)
    return f"^{''.join(map(_translate, parts))}$"


def _translate(part: str) -> str:
    if part == "*":
        return ".*"
    if part == "?":
        return "."
    if len(part) > 1:
        return f"[^{part[2:]}" if part.startswith("[!") else part
    return part if part.isalnum() or part in "_ /:-" else f"\\{part}"


def _trait(wanted: TraitFilter) -> sa.ColumnElement[bool]:
    compare = OPERATORS[wanted.op]
    value = wanted.value
    if isinstance(value, str):
        return _holds(compare, _stored("text", wanted.name), value)
    if isinstance(value, datetime.datetime):
        return _holds(compare, _stored("datetime", wanted.name), iso(value))
    kind, column_type = ("int", sa.BigInteger) if isinstance(value, int) else ("float", sa.Double)
    return _holds(compare, sa.cast(_stored(kind, wanted.name), column_type), value)


def _stored(kind: str, name: str) -> sa.ColumnElement[str]:
    stored: sa.ColumnElement[str] = EVENT.c.traits[(kind, name)].as_string()
    return stored


def _holds(
    compare: Callable[[Any, Any], Any], stored: sa.ColumnElement[Any], value: object
) -> sa.ColumnElement[bool]:
    condition: sa.ColumnElement[bool] = compare(stored, value)
    return condition
