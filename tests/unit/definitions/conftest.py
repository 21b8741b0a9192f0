# SPDX-License-Identifier: Apache-2.0
"""Definitions written to files and loaded as the agent loads them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch.definitions import load, options
from ceilobatch.definitions.events import EventDefinitions
from ceilobatch.definitions.meters import MeterDefinitions
from ceilobatch.telemetry.calls import CallRegistry

Written = str | dict[str, str]


@pytest.fixture
def conf():
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch", default_config_files=[], default_config_dirs=[])
    options.register(conf)
    return conf


@pytest.fixture
def calls():
    return CallRegistry()


def write(directory: Path, written: Written) -> str:
    """One text becomes one file; several are named."""
    directory.mkdir(parents=True, exist_ok=True)
    if isinstance(written, str):
        written = {"definitions.yaml": written}
    for name, text in written.items():
        (directory / name).write_text(text)
    return str(directory)


@pytest.fixture
def load_events(conf, calls, tmp_path) -> Callable[..., EventDefinitions]:
    def loaded(written: Written, **settings: Any) -> EventDefinitions:
        conf.set_override("definitions", [write(tmp_path / "events.d", written)], "events")
        for name, value in settings.items():
            conf.set_override(name, value, "events")
        return load.load_events(conf, calls)

    return loaded


@pytest.fixture
def load_meters(conf, calls, tmp_path) -> Callable[..., MeterDefinitions]:
    def loaded(written: Written, **settings: Any) -> MeterDefinitions:
        conf.set_override("definitions", [write(tmp_path / "meters.d", written)], "meters")
        for name, value in settings.items():
            conf.set_override(name, value, "meters")
        return load.load_meters(conf, calls)

    return loaded
