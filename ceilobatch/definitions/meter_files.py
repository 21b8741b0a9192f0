# SPDX-License-Identifier: Apache-2.0
"""Meter definitions compiled from what stands in their files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ceilobatch.definitions import match
from ceilobatch.definitions.meter_parts import ATTRIBUTES, PartCompiler
from ceilobatch.definitions.meters import MeterRule
from ceilobatch.definitions.problems import Place, Problems

REQUIRED = ("name", "type", "event_type", "unit", "volume", "resource_id")
KEYS = frozenset({*ATTRIBUTES, "event_type", "metadata", "user_metadata", "lookup"})


class MeterCompiler:
    """Compiles files to rules; the first file that defines a name has it.

    :param problems: where everything that is wrong is added.
    """

    def __init__(self, parts: PartCompiler, problems: Problems) -> None:
        self._parts = parts
        self._problems = problems
        self._rules: dict[str, MeterRule] = {}

    @property
    def rules(self) -> list[MeterRule]:
        """One rule a name, so far."""
        return list(self._rules.values())

    def add(self, file: Path, content: Any) -> None:
        """Compile one file, in which the last definition of a name is the one that counts."""
        if content is None:
            return
        definitions = content.get("metric") if isinstance(content, Mapping) else None
        if not isinstance(definitions, list):
            self._problems.add(f"{file}: there is no list of meter definitions under metric")
            return
        lines = getattr(definitions, "lines", [1] * len(definitions))
        rules: dict[str, MeterRule] = {}
        for definition, line in zip(definitions, lines, strict=True):
            rule = self._rule(definition, Place(self._problems, file, line, _name(definition)))
            if rule is not None:
                rules[rule.definition] = rule
        for name, rule in rules.items():
            self._rules.setdefault(name, rule)

    def _rule(self, definition: Any, place: Place) -> MeterRule | None:
        if not isinstance(definition, Mapping):
            place.refuse("this is not a mapping")
            return None
        for key in definition.keys() - KEYS:
            place.at(definition, key).warn("this key means nothing and is ignored")
        missing = [key for key in REQUIRED if _is_missing(definition.get(key))]
        for key in missing:
            place.refuse(f"{key} is required")
        if missing:
            return None
        matches = self._event_types(definition["event_type"], place.at(definition, "event_type"))
        compiled = self._parts.compile(definition, place)
        if matches is None or compiled is None:
            return None
        meter, subject = compiled
        return MeterRule(str(definition["name"]), matches, meter, subject)

    def _event_types(self, spec: Any, place: Place) -> match.Matches | None:
        patterns = [spec] if isinstance(spec, str) else spec
        if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
            place.refuse(f"{spec!r} is neither a text nor a list of texts")
            return None
        try:
            return match.any_pattern(patterns)
        except re.error as error:
            place.refuse(f"{error.pattern!r} is not a regular expression: {error}")
            return None


def _is_missing(value: Any) -> bool:
    """A volume of 0 is there."""
    return value is None or value in ("", [], {})


def _name(definition: Any) -> str:
    name = definition.get("name") if isinstance(definition, Mapping) else None
    return f"meter {name!r}" if name else "meter definition"
