# SPDX-License-Identifier: Apache-2.0
"""The keys of a meter definition compiled to what measures it."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ceilobatch.definitions import chains
from ceilobatch.definitions.attributes import TYPES
from ceilobatch.definitions.chains import Getter
from ceilobatch.definitions.lookups import Column, LookupMeter
from ceilobatch.definitions.paths import ROOTS, PathError
from ceilobatch.definitions.problems import Place
from ceilobatch.definitions.singles import FixedMeter, VariedMeter
from ceilobatch.definitions.sources import Source, SourceCompiler, literal
from ceilobatch.definitions.subjects import CONTEXT, OWNER_KEYS, SubjectCompiler
from ceilobatch.definitions.work import Subject

ATTRIBUTES = ("name", "type", "unit", "volume", *OWNER_KEYS)
Definition = Mapping[str, Any]


class Label(NamedTuple):
    """A name, unit or type: a literal where there is no source, else what that falls back to."""

    text: str | None
    source: Source | None = None

    @property
    def getter(self) -> Getter:
        """The first value in a body."""
        text = self.text
        if self.source is None:
            return lambda _: text
        return chains.first_of([self.source.first, lambda _: text])


class PartCompiler:
    """Compiles definitions whose required keys are there."""

    def __init__(self, sources: SourceCompiler, subjects: SubjectCompiler) -> None:
        self._sources = sources
        self._subjects = subjects

    def compile(
        self, definition: Definition, place: Place
    ) -> tuple[FixedMeter | VariedMeter | LookupMeter, Subject | None] | None:
        """What measures a definition, and what it is about, unless it has lookups."""
        lookup = definition.get("lookup")
        if lookup:
            table = self._table(definition, place)
            return None if table is None else (table, None)
        meter = self._single(definition, place)
        subject = self._subjects.subject(definition, place)
        return None if meter is None or subject is None else (meter, subject)

    def _single(self, definition: Definition, place: Place) -> FixedMeter | VariedMeter | None:
        name = self._label(definition["name"], place.at(definition, "name"))
        unit = self._label(definition["unit"], place.at(definition, "unit"))
        volume = self._volume(definition["volume"], place.at(definition, "volume"))
        kind = definition["type"]
        if kind not in TYPES:
            place.at(definition, "type").refuse(f"{kind!r} is not one of {', '.join(TYPES)}")
            return None
        if name is None or unit is None or volume is None:
            return None
        if name.source or unit.source or name.text is None or unit.text is None:
            definition_name = str(definition["name"])
            return VariedMeter(definition_name, name.getter, kind, unit.getter, volume.first)
        return FixedMeter(name.text, kind, unit.text, volume.first)

    def _label(self, spec: Any, place: Place) -> Label | None:
        """What cannot be a path, or begins like no notification does, is a literal."""
        if isinstance(spec, bool):
            place.refuse(f"{spec!r} is neither a text nor a path")
            return None
        if isinstance(spec, int | float):
            return Label(str(spec))
        if isinstance(spec, str):
            try:
                path = self._sources.paths.compile(spec)
            except PathError:
                if not _looks_like_a_path(spec):
                    return Label(spec)
            else:
                if path.leads_nowhere:
                    return Label(spec)
        source = self._sources.compile(spec, place)
        text = spec if isinstance(spec, str) else None
        return None if source is None else Label(text, source)

    def _volume(self, spec: Any, place: Place) -> Source | None:
        if isinstance(spec, bool):
            place.refuse(f"{spec!r} is neither a number nor a path")
            return None
        number = _number(spec)
        if number is not None:
            return literal(number)
        return self._sources.compile(spec, place)

    def _table(self, definition: Definition, place: Place) -> LookupMeter | None:
        lookup = self._lookup(definition["lookup"], place.at(definition, "lookup"))
        metadata = self._subjects.metadata(definition, place)
        columns = {
            key: self._column(key, definition, place, key in (lookup or ())) for key in ATTRIBUTES
        }
        found = {key: column for key, column in columns.items() if column is not None}
        if lookup is None or metadata is None or len(found) != len(columns):
            return None
        return LookupMeter(str(definition["name"]), found, lookup, metadata)

    def _lookup(self, spec: Any, place: Place) -> frozenset[str] | None:
        keys = [spec] if isinstance(spec, str) else spec
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            place.refuse(f"{spec!r} is neither a text nor a list of texts")
            return None
        for key in keys:
            if key not in ATTRIBUTES:
                place.warn(f"{key!r} is not an attribute of samples and is ignored")
        return frozenset({"name", *keys}.intersection(ATTRIBUTES))

    def _column(
        self, key: str, definition: Definition, place: Place, looked_up: bool
    ) -> Column | None:
        at = place.at(definition, key)
        spec = definition.get(key)
        if spec in (None, ""):
            return _single_value(CONTEXT.get(key))
        if key == "type" and not looked_up and spec not in TYPES:
            at.refuse(f"{spec!r} is not one of {', '.join(TYPES)}")
            return None
        if key in ("name", "unit", "type"):
            label = self._label(spec, at)
            if label is None or label.source is None:
                return None if label is None else literal(label.text).values
            return _column_of(label.source, looked_up, lambda _: label.text)
        source = self._volume(spec, at) if key == "volume" else self._sources.compile(spec, at)
        return None if source is None else _column_of(source, looked_up, CONTEXT.get(key))


def _single_value(get: Getter | None) -> Column:
    return (lambda body: [get(body)]) if get else (lambda _: [None])


def _column_of(source: Source, looked_up: bool, default: Getter | None) -> Column:
    """All values; one that is not looked up has a single default where there are none."""
    values, instead = source.values, _single_value(default)
    return values if looked_up else lambda body: values(body) or instead(body)


def _number(spec: Any) -> int | float | None:
    """The number that a volume is, if it is none of a notification's."""
    if isinstance(spec, int):
        return spec
    try:
        number = float(spec)
    except (TypeError, ValueError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if isinstance(spec, str) and spec.strip().lstrip("+-").isdigit() else number


def _looks_like_a_path(text: str) -> bool:
    return text.startswith("$") or any(text.startswith((f"{root}.", f"{root}[")) for root in ROOTS)
