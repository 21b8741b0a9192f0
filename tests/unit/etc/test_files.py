# SPDX-License-Identifier: Apache-2.0
"""The shipped definition files load, and nothing in them is there for nothing."""

import fnmatch
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ceilobatch.definitions.events import EventDefinitions
from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.definitions.paths import PathCompiler

from .cases import ALL
from .conftest import SHIPPED

EVENT_FILES = sorted((SHIPPED / "events.d").glob("*"))
METER_FILES = sorted((SHIPPED / "meters.d").glob("*"))
SERVICES = {"nova", "nova_versioned", "cinder", "glance", "neutron", "keystone", "ironic"}
PATH_KEYS = ("volume", "resource_id", "project_id", "user_id", "user_metadata")
NOTIFICATIONS = [case.notification() for case in ALL]


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _definitions(files: list[Path], key: str | None = None) -> list[Any]:
    contents = [yaml.safe_load(file.read_text()) for file in files]
    return [one for content in contents for one in (content[key] if key else content)]


def test_every_service_has_files() -> None:
    assert {file.stem for file in EVENT_FILES} == SERVICES | {"ironic_versioned", "octavia"}
    assert {file.stem for file in METER_FILES} == SERVICES | {"octavia"}


@pytest.mark.parametrize("file", [*EVENT_FILES, *METER_FILES], ids=_name)
def test_file_says_what_it_covers(file: Path) -> None:
    first, second, third, *_ = file.read_text().splitlines()
    assert first == "# SPDX-License-Identifier: Apache-2.0"
    assert second == "#"
    assert third.startswith("# ")


@pytest.mark.parametrize("file", EVENT_FILES, ids=_name)
def test_event_file_loads_without_a_warning(
    file: Path,
    load_events: Callable[[Path], EventDefinitions],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        load_events(file)
    assert caplog.messages == []


@pytest.mark.parametrize("file", METER_FILES, ids=_name)
def test_meter_file_loads_without_a_warning(
    file: Path,
    load_meters: Callable[[Path], MeterDefinitions],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        load_meters(file)
    assert caplog.messages == []


def test_every_event_definition_is_the_last_to_match_some_notification() -> None:
    definitions = _definitions(EVENT_FILES)
    used = {_winner(definitions, case.event_type) for case in ALL}
    unused = [one["event_type"] for place, one in enumerate(definitions) if place not in used]
    assert unused == []


def _winner(definitions: list[Any], event_type: str) -> int:
    matching = [place for place, one in enumerate(definitions) if _matches(one, event_type)]
    return matching[-1]


def _matches(definition: Any, event_type: str) -> bool:
    globs = definition["event_type"]
    globs = [globs] if isinstance(globs, str) else globs
    return any(fnmatch.fnmatchcase(event_type, glob) for glob in globs)


def test_every_path_of_a_trait_finds_something_in_some_notification() -> None:
    definitions = _definitions(EVENT_FILES)
    paths = PathCompiler()
    written, found = set(), set()
    for definition in definitions:
        written |= {path for trait in definition["traits"].values() for path in _paths(trait)}
    for notification in NOTIFICATIONS:
        winner = definitions[_winner(definitions, notification.event_type)]
        for trait in winner["traits"].values():
            found |= {
                path
                for path in _paths(trait)
                if paths.compile(path).first(notification.body) is not None
            }
    assert sorted(written - found) == []


def test_every_path_of_a_meter_finds_something_in_some_notification() -> None:
    paths = PathCompiler()
    written, found = set(), set()
    for definition in _definitions(METER_FILES, "metric"):
        specs = [definition.get(key) for key in PATH_KEYS]
        specs += definition.get("metadata", {}).values()
        own = {path for spec in specs for path in _paths(spec)}
        written |= own
        for notification in NOTIFICATIONS:
            if _matches_pattern(definition, notification.event_type):
                found |= {
                    path for path in own if paths.compile(path).first(notification.body) is not None
                }
    assert sorted(written - found) == []


def _paths(spec: Any) -> list[str]:
    fields = spec.get("fields") if isinstance(spec, dict) else spec
    fields = fields if isinstance(fields, list) else [fields]
    return [field for field in fields if isinstance(field, str)]


def _matches_pattern(definition: Any, event_type: str) -> bool:
    patterns = definition["event_type"]
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return any(re.match(pattern, event_type) for pattern in patterns)


def test_definitions_are_in_the_order_in_which_the_special_one_wins() -> None:
    definitions = _definitions(EVENT_FILES)
    for event_type in ("volume.usage", "image.send", "instance.volume_attach.error"):
        winner = definitions[_winner(definitions, event_type)]
        assert winner["event_type"] in (event_type, "instance.*.error")


@pytest.mark.parametrize(
    "definition",
    _definitions(METER_FILES, "metric"),
    ids=lambda definition: definition["name"].replace(" ", "")[-40:],
)
def test_meter_definition_alone_measures_some_notification(
    definition: Any,
    load_meters: Callable[[Path], MeterDefinitions],
    tmp_path: Path,
) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(yaml.safe_dump({"metric": [definition]}))
    meters = load_meters(file)
    samples = [sample for one in NOTIFICATIONS for sample in meters.convert(one)[0]]
    assert samples
    assert all(sample.resource_id for sample in samples)


def test_no_meter_name_is_defined_twice() -> None:
    names = [definition["name"] for definition in _definitions(METER_FILES, "metric")]
    assert sorted(names) == sorted(set(names))
