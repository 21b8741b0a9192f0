# SPDX-License-Identifier: Apache-2.0
"""Resource definitions compiled from what stands in their file, in ceilometer's format."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ceilobatch.definitions import resource_policies
from ceilobatch.definitions.chains import Getter
from ceilobatch.definitions.convert import shown
from ceilobatch.definitions.metric_keys import refuse_repeated
from ceilobatch.definitions.problems import Place, Problems
from ceilobatch.definitions.resources import (
    GENERIC,
    ROOTS,
    MetricRule,
    ResourceDefinitions,
    ResourceRule,
)
from ceilobatch.definitions.sources import SourceCompiler
from ceilobatch.telemetry.calls import CallRegistry

DEFAULT_POLICY = "ceilometer-low"
FILE_KEYS = ("archive_policy_default", "archive_policies", "resources")
EVENT_KEYS = ("event_create", "event_update", "event_delete")
KEYS = (
    *("resource_type", "metrics", "attributes", "archive_policy"),
    *(*EVENT_KEYS, "event_attributes", "event_associated_resources"),
)
METRIC_KEYS = ("archive_policy_name", "unit", "describes")
NAME_LIMIT = 255
UNIT_LIMIT = 31

# What Gnocchi takes for the name of an attribute, and what it has itself.
_ATTRIBUTE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_]{0,62}")
_TAKEN = frozenset(
    {
        *("id", "type", "metrics", "started_at", "ended_at", "user_id", "project_id", "creator"),
        *("revision", "revision_start", "revision_end", "get_metric"),
        *("created_by_user_id", "created_by_project_id"),
    }
)


class ResourceCompiler:
    """Makes definitions of the contents of a file.

    :param problems: where everything that is wrong is added.
    :param override: the archive policy of all metrics, whatever the file says.
    """

    def __init__(self, problems: Problems, override: str | None = None) -> None:
        self._problems = problems
        self._override = override
        self._sources = SourceCompiler(CallRegistry(), roots=ROOTS, subject="sample")
        self._default = DEFAULT_POLICY
        self._metrics: dict[str, MetricRule] = {}
        self._places: dict[str, Place] = {}

    def compile(self, file: Path, content: Any) -> ResourceDefinitions:
        """The definitions; good for something only if no problem was added."""
        resources = content.get("resources") if isinstance(content, Mapping) else None
        if not isinstance(resources, list):
            self._problems.add(f"{file}: there is no list of resources under resources")
            return ResourceDefinitions({}, {}, {})
        top = Place(self._problems, file, 1, "resource file")
        refuse_repeated(content, top)
        for key in [key for key in content if key not in FILE_KEYS]:
            top.at(content, key).refuse(f"there is no such key (there are {', '.join(FILE_KEYS)})")
        self._default = _text(content, "archive_policy_default", top) or DEFAULT_POLICY
        policies, windows = self._policies(content, top)
        for definition, place in _items(resources, top, "resource_type", "resource type"):
            self._resource(definition, place)
        return ResourceDefinitions(self._metrics, policies, windows)

    def _policies(
        self, content: Mapping[Any, Any], top: Place
    ) -> tuple[dict[str, Mapping[str, Any]], dict[str, float]]:
        written = content.get("archive_policies") or []
        policies: dict[str, Mapping[str, Any]] = {}
        windows: dict[str, float] = {}
        if not isinstance(written, list):
            top.at(content, "archive_policies").refuse("this is not a list of archive policies")
            return policies, windows
        for policy, place in _items(written, top, "name", "archive policy"):
            checked = resource_policies.check(policy, place)
            if checked is None:
                continue
            if checked[0] in policies:
                place.refuse("there is another archive policy of this name before it")
            policies[checked[0]] = policy
            windows[checked[0]] = checked[1]
        return policies, windows

    def _resource(self, definition: Any, place: Place) -> None:
        if not isinstance(definition, Mapping):
            place.refuse("this is not a mapping")
            return
        refuse_repeated(definition, place)
        for key in [key for key in definition if key not in KEYS]:
            place.at(definition, key).refuse(f"there is no such key (there are {', '.join(KEYS)})")
        kind = definition.get("resource_type")
        if not (isinstance(kind, str) and kind and "/" not in kind):
            place.at(definition, "resource_type").refuse(
                "resource_type is required and is a text without /"
            )
        if "metrics" not in definition:
            place.refuse("metrics is required")
        _check_events(definition, place)
        rule = ResourceRule(str(kind), self._attributes(definition, place))
        policy = _text(definition, "archive_policy", place)
        for name, details, at in self._written_metrics(definition, place):
            self._metric(name, details, rule, policy, at)

    def _attributes(self, definition: Mapping[Any, Any], place: Place) -> dict[str, Getter]:
        written = definition.get("attributes") or {}
        here = place.at(definition, "attributes")
        if not isinstance(written, Mapping):
            here.refuse("this is not a mapping of names to paths")
            return {}
        refuse_repeated(written, here, "attributes.")
        if written and definition.get("resource_type") == GENERIC:
            here.refuse("resources of the type generic have no attributes")
        getters = {}
        for name, spec in written.items():
            at = here.at(written, name, "attributes.")
            if not (isinstance(name, str) and _ATTRIBUTE.fullmatch(name)) or name in _TAKEN:
                at.refuse("an attribute cannot have this name in Gnocchi")
            source = self._sources.compile(spec, at)
            if source is not None:
                getters[str(name)] = source.first
        return getters

    def _written_metrics(
        self, definition: Mapping[Any, Any], place: Place
    ) -> Iterator[tuple[Any, Any, Place]]:
        written = definition.get("metrics")
        here = place.at(definition, "metrics")
        if isinstance(written, Mapping):
            refuse_repeated(written, here, "metrics.")
            for name, details in written.items():
                yield name, details, here.at(written, name, "metrics.")
        elif isinstance(written, list):
            for name, line in zip(written, getattr(written, "lines", []), strict=True):
                yield name, None, here._replace(line=line, key=f"metrics.{name}")
        elif "metrics" in definition:
            here.refuse(f"{shown(written)} is neither a mapping nor a list of meter names")

    def _metric(
        self, name: Any, details: Any, resource: ResourceRule, policy: str | None, place: Place
    ) -> None:
        if not (isinstance(name, str) and 0 < len(name) <= NAME_LIMIT and "/" not in name):
            place.refuse(f"a metric in Gnocchi has at most {NAME_LIMIT} characters and no /")
            return
        details = {} if details is None else details
        if not isinstance(details, Mapping):
            place.refuse(f"{shown(details)} is not a mapping with {' or '.join(METRIC_KEYS)}")
            return
        refuse_repeated(details, place, f"{place.key}.")
        for key in [key for key in details if key not in METRIC_KEYS]:
            place.at(details, key, f"{place.key}.").refuse(
                f"there is no such key (there are {', '.join(METRIC_KEYS)})"
            )
        own = _text(details, "archive_policy_name", place, f"{place.key}.")
        unit = _text(details, "unit", place, f"{place.key}.", UNIT_LIMIT)
        describes = details.get("describes", True)
        if not isinstance(describes, bool):
            at = place.at(details, "describes", f"{place.key}.")
            at.refuse(f"{shown(describes)} is neither true nor false")
        if name in self._places:
            first = self._places[name]
            place.warn(f"this counts, and not what stands in line {first.line}")
        self._places[name] = place
        chosen = self._override or policy or own or self._default
        self._metrics[name] = MetricRule(resource, chosen, unit, describes is True)


def _check_events(definition: Mapping[Any, Any], place: Place) -> None:
    """They say which events begin and end a resource, which samples do not tell."""
    for key in EVENT_KEYS:
        types = definition.get(key, [])
        types = types if isinstance(types, list) else [types]
        if not all(isinstance(one, str) and one for one in types):
            place.at(definition, key).refuse("this is neither a text nor a list of texts")
    for key in ("event_attributes", "event_associated_resources"):
        if not isinstance(definition.get(key, {}), Mapping):
            place.at(definition, key).refuse("this is not a mapping")


def _items(items: list[Any], top: Place, key: str, kind: str) -> Iterator[tuple[Any, Place]]:
    for item, line in zip(items, getattr(items, "lines", []), strict=True):
        name = item.get(key) if isinstance(item, Mapping) else None
        yield item, top._replace(line=line, definition=f"{kind} {name!r}" if name else kind)


def _text(
    mapping: Mapping[Any, Any], key: str, place: Place, prefix: str = "", limit: int = NAME_LIMIT
) -> str | None:
    """A text that is not empty; None where there is none."""
    value = mapping.get(key)
    if value is None:
        return None
    if isinstance(value, str) and 0 < len(value) <= limit:
        return value
    place.at(mapping, key, prefix).refuse(
        f"{shown(value)} is not a text of at most {limit} characters, or is empty"
    )
    return None
