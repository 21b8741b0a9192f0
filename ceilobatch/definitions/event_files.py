# SPDX-License-Identifier: Apache-2.0
"""Event definitions compiled from what stands in their files."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ceilobatch.definitions import convert, match
from ceilobatch.definitions.events import EventRule, TraitRule
from ceilobatch.definitions.problems import Place, Problems
from ceilobatch.definitions.sources import SourceCompiler

REQUIRED = ("event_type", "traits")
DEFAULT_TRAITS: dict[str, Any] = {
    "service": "publisher_id",
    "request_id": "ctxt.request_id",
    "project_id": ["payload.tenant_id", "ctxt.project_id"],
    "user_id": ["payload.user_id", "ctxt.user_id"],
    "tenant_id": ["payload.tenant_id", "ctxt.project_id"],
}


class EventCompiler:
    """Compiles files to rules, in the order of the files.

    :param problems: where everything that is wrong is added.
    """

    def __init__(self, sources: SourceCompiler, problems: Problems) -> None:
        self._sources = sources
        self._problems = problems
        self._catchall = False
        built_in = Place(problems, Path("built in"), 0, "default traits")
        self._defaults = self._traits(DEFAULT_TRAITS, built_in)

    def with_catchall(self, rules: list[EventRule]) -> list[EventRule]:
        """The rules and, where none of them takes every event type, one that does."""
        if self._catchall:
            return rules
        return [EventRule(match.event_globs(["*"]), tuple(self._defaults.values())), *rules]

    def compile(self, file: Path, content: Any) -> list[EventRule]:
        """The rules of one file, without those that have problems."""
        if content is None:
            return []
        if not isinstance(content, list):
            self._problems.add(f"{file}: this is not a list of event definitions")
            return []
        lines = getattr(content, "lines", [1] * len(content))
        rules = [
            self._rule(definition, Place(self._problems, file, line, _name(definition)))
            for definition, line in zip(content, lines, strict=True)
        ]
        return [rule for rule in rules if rule is not None]

    def _rule(self, definition: Any, place: Place) -> EventRule | None:
        if not isinstance(definition, Mapping):
            place.refuse("this is not a mapping")
            return None
        for key in definition.keys() - set(REQUIRED):
            place.at(definition, key).warn("this key means nothing and is ignored")
        missing = [key for key in REQUIRED if key not in definition]
        for key in missing:
            place.refuse(f"{key} is required")
        if missing:
            return None
        matches = self._event_types(definition["event_type"], place.at(definition, "event_type"))
        traits = self._defaults | self._traits(
            definition["traits"], place.at(definition, "traits"), "traits."
        )
        return None if matches is None else EventRule(matches, tuple(traits.values()))

    def _event_types(self, spec: Any, place: Place) -> match.Matches | None:
        globs = [spec] if isinstance(spec, str) else spec
        if not isinstance(globs, list) or not all(isinstance(glob, str) for glob in globs):
            place.refuse(f"{spec!r} is neither a text nor a list of texts")
            return None
        self._catchall = self._catchall or match.is_catchall(globs)
        return match.event_globs(globs)

    def _traits(self, specs: Any, place: Place, prefix: str = "") -> dict[str, TraitRule]:
        if not isinstance(specs, Mapping):
            place.refuse("this is not a mapping of trait names to traits")
            return {}
        compiled = [
            self._trait(str(name), spec, place.at(specs, name, prefix))
            for name, spec in specs.items()
        ]
        return {trait.name: trait for trait in compiled if trait is not None}

    def _trait(self, name: str, spec: Any, place: Place) -> TraitRule | None:
        source = self._sources.compile(spec, place)
        written = spec.get("type", "text") if isinstance(spec, Mapping) else "text"
        kind = str(written).lower()
        if kind not in convert.CONVERSIONS:
            known = ", ".join(convert.CONVERSIONS)
            place.refuse(f"there is no type {written!r} (there are {known})")
            return None
        return None if source is None else TraitRule(name, kind, source.first)


def _name(definition: Any) -> str:
    if not isinstance(definition, Mapping) or not definition.get("event_type"):
        return "event definition"
    globs = definition["event_type"]
    shown: Iterable[Any] = globs if isinstance(globs, list) else [globs]
    return f"event definition of {', '.join(map(str, shown))}"
