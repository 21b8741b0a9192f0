# SPDX-License-Identifier: Apache-2.0
"""The shipped definitions, loaded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch.definitions import load, options
from ceilobatch.definitions.events import EventDefinitions
from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.telemetry.calls import CallRegistry

SHIPPED = Path(__file__).parents[3] / "etc" / "ceilobatch"


def configured(group: str, path: Path) -> cfg.ConfigOpts:
    """A configuration whose only setting is where the definitions are."""
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch", default_config_files=[], default_config_dirs=[])
    options.register(conf)
    conf.set_override("definitions", [str(path)], group=group)
    return conf


@pytest.fixture
def load_events() -> Callable[[Path], EventDefinitions]:
    """Loads the event definitions of a file or directory."""
    return lambda path: load.load_events(configured("events", path), CallRegistry())


@pytest.fixture
def load_meters() -> Callable[[Path], MeterDefinitions]:
    """Loads the meter definitions of a file or directory."""
    return lambda path: load.load_meters(configured("meters", path), CallRegistry())


@pytest.fixture(scope="session")
def events() -> EventDefinitions:
    return load.load_events(configured("events", SHIPPED / "events.d"), CallRegistry())


@pytest.fixture(scope="session")
def meters() -> MeterDefinitions:
    return load.load_meters(configured("meters", SHIPPED / "meters.d"), CallRegistry())
