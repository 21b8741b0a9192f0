# SPDX-License-Identifier: Apache-2.0
"""Conditions on traits as users write them: ``NAME[:type]`` compared with a value."""

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ceilobatch import moments
from ceilobatch.model import TraitValue
from ceilobatch.plugins.storage.sql_filters import OPERATORS, TraitFilter

_CONDITION = re.compile(r"(?P<name>[^=<>!:]+)(?::(?P<kind>\w+))?(?P<op>>=|<=|=|>|<)(?P<value>.*)")
_READ: Mapping[str, Callable[[str], TraitValue]] = {
    "text": str,
    "int": int,
    "float": float,
    "datetime": moments.moment,
}


class Condition(NamedTuple):
    """What a trait must be like.

    :ivar kind: the type it must have; None for whatever type it has.
    """

    name: str
    kind: str | None
    op: str
    text: str

    def filter(self) -> TraitFilter | None:
        """The same for the database; None where the type is open."""
        if self.kind is None:
            return None
        return TraitFilter(self.name, self.op, _READ[self.kind](self.text))

    def holds(self, traits: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether it holds for the traits of an event, by name, each with type and value.

        A value that cannot be read as the trait's type is compared with nothing.
        """
        trait = traits.get(self.name)
        if trait is None:
            return False
        read = _READ[trait["type"]]
        try:
            wanted = read(self.text)
        except ValueError:
            return False
        stored = read(trait["value"]) if isinstance(wanted, datetime.datetime) else trait["value"]
        return bool(OPERATORS[self.op](stored, wanted))


def condition(text: str) -> Condition:
    """Read one condition.

    :raises ValueError: it is not one, or its value is not of its type; in one sentence.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not NAME=VALUE or NAME:TYPE=VALUE (also with >=, <=, >, <)")
    found = Condition(match["name"].strip(), match["kind"], match["op"], match["value"])
    if found.kind is not None and found.kind not in _READ:
        raise ValueError(
            f"{text!r}: there is no type {found.kind!r} (there are: {', '.join(_READ)})"
        )
    try:
        found.filter()
    except ValueError as error:
        if found.kind == "datetime":
            raise error from None
        raise ValueError(f"{text!r}: the value is no {found.kind}") from None
    return found


def filters(conditions: Iterable[Condition]) -> list[TraitFilter]:
    """Those that the database can answer."""
    return [one for one in (condition.filter() for condition in conditions) if one is not None]


def open_ones(conditions: Iterable[Condition]) -> list[Condition]:
    """Those that it cannot, because their type is open; see :func:`hold`."""
    return [condition for condition in conditions if condition.kind is None]


def hold(conditions: Iterable[Condition], traits: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all hold for the traits of an event."""
    return all(condition.holds(traits) for condition in conditions)
