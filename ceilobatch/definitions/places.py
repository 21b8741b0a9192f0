# SPDX-License-Identifier: Apache-2.0
"""Where the definitions stand that are for an event type, and what they say there."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from oslo_config import cfg

from ceilobatch.definitions import files, load, match, options
from ceilobatch.definitions.event_files import DEFAULT_TRAITS
from ceilobatch.definitions.problems import Problems

EVENT = "event"
METER = "meter"


class Written(NamedTuple):
    """A definition as it is written.

    :ivar kind: ``event`` or ``meter``.
    :ivar name: of the meter, or the event types of an event definition.
    :ivar line: its first, from 1.
    """

    kind: str
    name: str
    file: Path
    line: int
    content: Mapping[str, Any]

    def line_of(self, key: str) -> int:
        """The line of a key, or of a trait of an event definition."""
        holder = self.content.get("traits") if self.kind == EVENT else self.content
        found: int = getattr(holder, "lines", {}).get(key, self.line)
        return found

    def paths_of(self, key: str) -> list[str]:
        """The paths behind a key of a meter definition, or behind a trait."""
        holder = self.content.get("traits") if self.kind == EVENT else self.content
        spec = holder.get(key) if isinstance(holder, Mapping) else None
        if spec is None and self.kind == EVENT:
            spec = DEFAULT_TRAITS.get(key)
        fields = spec.get("fields") if isinstance(spec, Mapping) else spec
        texts = fields if isinstance(fields, list) else [fields]
        return [text for text in texts if isinstance(text, str)]


def of_event(conf: cfg.ConfigOpts, event_type: str) -> Written | None:
    """The event definition that is used for an event type, or None where no file has one.

    :raises ConfigurationError: the definitions cannot be found or read.
    """
    options.register(conf)
    problems = Problems()
    used = None
    for file in load.event_files(conf, problems):
        for content, line in _items(files.read(file, problems)):
            if _globs(content.get("event_type"))(event_type):
                used = Written(EVENT, _listed(content["event_type"]), file, line, content)
    problems.refuse()
    return used


def of_meters(conf: cfg.ConfigOpts, event_type: str) -> list[Written]:
    """The meter definitions that are used for an event type.

    :raises ConfigurationError: as :func:`of_event`.
    """
    options.register(conf)
    problems = Problems()
    used: dict[str, Written] = {}
    for file in load.meter_files(conf, problems):
        content = files.read(file, problems)
        of_file = {
            str(one.get("name")): Written(METER, str(one.get("name")), file, line, one)
            for one, line in _items(content.get("metric") if isinstance(content, Mapping) else None)
        }
        used = {**of_file, **used}
    problems.refuse()
    return [one for one in used.values() if _patterns(one.content.get("event_type"))(event_type)]


def _items(content: Any) -> Iterator[tuple[Mapping[str, Any], int]]:
    if isinstance(content, list):
        lines = getattr(content, "lines", [1] * len(content))
        for item, line in zip(content, lines, strict=True):
            if isinstance(item, Mapping):
                yield item, line


def _globs(spec: Any) -> match.Matches:
    return match.event_globs(_texts(spec))


def _patterns(spec: Any) -> match.Matches:
    try:
        return match.any_pattern(_texts(spec))
    except re.error:
        return lambda _: False


def _texts(spec: Any) -> list[str]:
    items = spec if isinstance(spec, list) else [spec]
    return [item for item in items if isinstance(item, str)]


def _listed(spec: Any) -> str:
    return ", ".join(_texts(spec))
