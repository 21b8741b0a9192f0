# SPDX-License-Identifier: Apache-2.0
"""EventDefinitions: the event of a notification."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from ceilobatch import errors
from ceilobatch.definitions import convert
from ceilobatch.definitions.chains import Getter
from ceilobatch.definitions.match import Matches, Remembered
from ceilobatch.definitions.polling import POLLING
from ceilobatch.definitions.sources import PluginFailed
from ceilobatch.message import Notification
from ceilobatch.model import Event, Trait, TraitType

TEXT_LENGTH = convert.TEXT_LENGTH


class TraitRule(NamedTuple):
    """How a trait is made.

    :ivar get: the value as it was sent, or None.
    """

    name: str
    type: TraitType
    get: Getter


class EventRule(NamedTuple):
    """The traits of the event types that match."""

    matches: Matches
    traits: tuple[TraitRule, ...]


_WANTED: dict[TraitType, str] = {
    "text": "a text",
    "int": "a 64-bit integer",
    "float": "a finite number",
    "datetime": "an ISO 8601 time",
}

# Name, type, getter, the class of values that need no conversion, conversion.
_Step = tuple[str, TraitType, Getter, Any, Any]


class EventDefinitions:
    """Makes events; the last rule that matches an event type is the one that is used.

    :param store_raw: the priorities whose body is kept, in lower case.
    :param strict: a trait that cannot be converted makes the notification malformed.
    """

    def __init__(
        self, rules: Sequence[EventRule], store_raw: Collection[str] = (), strict: bool = False
    ) -> None:
        self._rules = rules
        self._store_raw = frozenset(store_raw)
        self._strict = strict
        self._steps = Remembered(self._find)

    def convert(self, notification: Notification) -> Event | None:
        """The event of a notification, or None where no definition wants it.

        :raises Malformed: a trait cannot be converted and definitions are strict.
        """
        steps = self._steps[notification.event_type]
        if steps is None:
            return None
        body = notification.body
        traits = []
        warnings: list[str] = []
        make = tuple.__new__
        for name, kind, get, asis, converted in steps:
            value: Any = None
            try:
                value = get(body)
                if value is None:
                    continue
                if type(value) is not asis or len(value) > TEXT_LENGTH:
                    value = converted(value)
                    if value is None:
                        continue
            except convert.FAILURES as error:
                warnings.append(_left_out(name, kind, value, error))
                continue
            traits.append(make(Trait, (name, kind, value)))
        if warnings and self._strict:
            raise errors.Malformed("; ".join(warnings))
        return Event(
            notification.message_id,
            notification.event_type,
            notification.timestamp,
            tuple(traits),
            body if notification.priority in self._store_raw else None,
            tuple(warnings),
        )

    def _find(self, event_type: str) -> tuple[_Step, ...] | None:
        if event_type == POLLING:
            return None
        for rule in reversed(self._rules):
            if rule.matches(event_type):
                return tuple(_step(trait) for trait in rule.traits)
        return None


def _step(trait: TraitRule) -> _Step:
    asis = str if trait.type == "text" else type(None)
    return (trait.name, trait.type, trait.get, asis, convert.CONVERSIONS[trait.type])


def _left_out(name: str, kind: TraitType, value: Any, error: Exception) -> str:
    if isinstance(error, PluginFailed):
        return f"trait {name} is left out: {error}"
    return f"trait {name} is left out: {convert.shown(value)} is not {_WANTED[kind]}"
