# SPDX-License-Identifier: Apache-2.0
"""The keys of one metric, each read as what it must be."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ceilobatch.definitions.convert import shown
from ceilobatch.definitions.metric_numbers import exact
from ceilobatch.definitions.problems import Place
from ceilobatch.metric import Mutation


class MetricKeys:
    """Reads the keys of a definition; what is wrong is added to the problems of its place.

    Where it is, what is returned is only there to go on with, until all problems are told.
    """

    def __init__(self, definition: Mapping[Any, Any], place: Place) -> None:
        self._definition = definition
        self._place = place

    def at(self, key: str) -> Place:
        """Where a key stands."""
        return self._place.at(self._definition, key)

    def text(self, key: str, default: str = "") -> str:
        """A text that is not empty."""
        value = self._definition.get(key, default)
        if key in self._definition and not (isinstance(value, str) and value):
            self.at(key).refuse(f"{shown(value)} is not a text, or is empty")
            return default
        return str(value)

    def number(self, key: str, default: int) -> Fraction:
        """An exact number."""
        number = _number(self._definition.get(key, default), self.at(key))
        return Fraction(default) if number is None else number

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each once."""
        values = self._definition.get(key, [])
        if not isinstance(values, list):
            self.at(key).refuse(f"{shown(values)} is not a list of texts")
            return ()
        place = self.at(key)
        for value, line in zip(values, getattr(values, "lines", []), strict=False):
            here = place._replace(line=line)
            if not (isinstance(value, str) and value):
                here.refuse(f"{shown(value)} is not a text, or is empty")
            elif values.count(value) > 1:
                here.warn(f"{value!r} is there more than once and counts once")
        return tuple(dict.fromkeys(map(str, values)))

    def mutation(self) -> Mutation:
        """One of the mutations, by its name."""
        value = self._definition.get("mutate", Mutation.NONE.value)
        known = [mutation.value for mutation in Mutation]
        if value not in known:
            self.at("mutate").refuse(f"{shown(value)} is not one of {', '.join(known)}")
            return Mutation.NONE
        return Mutation(value)

    def mutate_map(self, mutation: Mutation) -> dict[Fraction, Fraction]:
        """Numbers before and after; there for ``MAP`` and for nothing else."""
        place = self.at("mutate_map")
        values = self._definition.get("mutate_map")
        if "mutate_map" not in self._definition:
            if mutation is Mutation.MAP:
                self.at("mutate").refuse("MAP needs a mutate_map, which is missing")
            return {}
        if mutation is not Mutation.MAP:
            place.refuse(f"this is for mutate: MAP, but mutate is {mutation.value}")
        if not isinstance(values, Mapping) or not values:
            place.refuse(f"{shown(values)} is not a mapping of numbers to numbers, or is empty")
            return {}
        return self._pairs(values, place)

    def _pairs(self, values: Mapping[Any, Any], place: Place) -> dict[Fraction, Fraction]:
        refuse_repeated(values, place, "mutate_map.")
        pairs: dict[Fraction, Fraction] = {}
        for before, after in values.items():
            here = place.at(values, before, "mutate_map.")
            number, becomes = _number(before, here), _number(after, here)
            if number in pairs:
                here.refuse("this number is there more than once")
            if number is not None and becomes is not None:
                pairs[number] = becomes
        return pairs

    def arguments(self) -> dict[str, Any] | None:
        """The extra arguments as they are written; None where they are not even a mapping."""
        value = self._definition.get("extra_args", {})
        if not isinstance(value, Mapping):
            self.at("extra_args").refuse(f"{shown(value)} is not a mapping")
            return None
        refuse_repeated(value, self.at("extra_args"), "extra_args.")
        return {str(key): argument for key, argument in value.items()}

    def at_argument(self, sentence: str) -> Place:
        """Where the argument stands with whose name a sentence begins, else all of them."""
        place = self.at("extra_args")
        name = sentence.replace(":", " ").partition(" ")[0]
        return place._replace(line=place.at(self._definition.get("extra_args"), name).line)


def refuse_repeated(mapping: Mapping[Any, Any], place: Place, prefix: str = "") -> None:
    """A key that stands twice in a mapping silently replaces what stood there first."""
    for key, line in getattr(mapping, "repeated", {}).items():
        here = place._replace(line=line, key=f"{prefix}{key}")
        here.refuse("this key stands here more than once")


def _number(value: Any, place: Place) -> Fraction | None:
    try:
        return exact(value)
    except ValueError as error:
        place.refuse(str(error))
        return None
