# SPDX-License-Identifier: Apache-2.0
"""The definition that is named is the one that the agent uses."""

from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.definitions import places

FIRST = """
- event_type: "*"
  traits: {}
- event_type: [volume.*, "!volume.delete"]
  traits:
    size:
      fields: [payload.size, payload.bytes]
    name: payload.name
"""
SECOND = """
metric:
  - {name: a, event_type: volume.exists, volume: 1}
  - {name: b, event_type: volume.*, volume: payload.b}
  - {name: b, event_type: volume.exists, volume: payload.c}
"""
THIRD = """
metric:
  - {name: b, event_type: volume.exists, volume: payload.d}
  - {name: c, event_type: "(", volume: 1}
"""


@pytest.fixture
def conf(tmp_path: Path) -> cfg.ConfigOpts:
    for name, text in (("events", FIRST), ("one", SECOND), ("two", THIRD)):
        (tmp_path / f"{name}.yaml").write_text(text)
    path = tmp_path / "ceilobatch.conf"
    path.write_text(
        f"[events]\ndefinitions = {tmp_path}/events.yaml\n"
        f"[meters]\ndefinitions = {tmp_path}/one.yaml,{tmp_path}/two.yaml\n"
    )
    return config.load([str(path)], [])


def test_last_event_definition_that_matches_is_named(conf: cfg.ConfigOpts, tmp_path: Path) -> None:
    written = places.of_event(conf, "volume.create")
    assert written is not None
    assert (written.file, written.line) == (tmp_path / "events.yaml", 4)
    assert written.name == "volume.*, !volume.delete"
    assert (written.line_of("size"), written.line_of("absent")) == (6, 4)
    assert written.paths_of("size") == ["payload.size", "payload.bytes"]
    assert written.paths_of("name") == ["payload.name"]
    assert written.paths_of("service") == ["publisher_id"]
    fallback = places.of_event(conf, "volume.delete")
    assert fallback is not None
    assert fallback.line == 2


def test_first_file_has_a_meter_and_its_last_definition_there(
    conf: cfg.ConfigOpts, tmp_path: Path
) -> None:
    found = places.of_meters(conf, "volume.exists.more")
    assert {(one.name, one.file, one.line) for one in found} == {
        ("a", tmp_path / "one.yaml", 3),
        ("b", tmp_path / "one.yaml", 5),
    }
    by_name = {one.name: one for one in found}
    assert by_name["b"].paths_of("volume") == ["payload.c"]
    assert by_name["a"].paths_of("volume") == []
    assert places.of_meters(conf, "volume.create") == []


def test_definitions_that_cannot_be_read_are_told(conf: cfg.ConfigOpts, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("[")
    with pytest.raises(errors.ConfigurationError):
        places.of_meters(conf, "volume.exists")
