# SPDX-License-Identifier: Apache-2.0
"""Every entry point that setup.cfg declares can be used."""

import configparser
import importlib.metadata
import pathlib
import subprocess
import sys

import pytest

from ceilobatch.plugins import base, processing

SETUP = pathlib.Path(__file__).parents[2] / "setup.cfg"
SCRIPTS = "console_scripts"
KINDS = {
    "ceilobatch.handlers": base.Handler,
    "ceilobatch.recovery": base.Recovery,
    "ceilobatch.storage": base.Storage,
    "ceilobatch.traits": base.TraitPlugin,
    "ceilobatch.collectors": processing.Collector,
    "ceilobatch.scopes": processing.ScopeSource,
    "ceilobatch.period_handlers": processing.PeriodHandler,
    "ceilobatch.usage_storage": processing.UsageStorage,
}
RUN = "import sys; from {module} import {attr}; sys.argv[0] = {name!r}; sys.exit({attr}())"


def declared() -> list[importlib.metadata.EntryPoint]:
    parser = configparser.ConfigParser()
    parser.read(SETUP)
    points = []
    for group, lines in parser["entry_points"].items():
        for line in filter(None, lines.split("\n")):
            name, _, value = (part.strip() for part in line.partition("="))
            points.append(importlib.metadata.EntryPoint(name, value, group))
    return points


def identity(point: importlib.metadata.EntryPoint) -> str:
    return f"{point.group}:{point.name}"


@pytest.mark.parametrize("point", declared(), ids=identity)
def test_entry_point_loads(point: importlib.metadata.EntryPoint) -> None:
    loaded = point.load()
    assert callable(loaded)
    assert loaded.__doc__


@pytest.mark.parametrize("point", [p for p in declared() if p.group in KINDS], ids=identity)
def test_plugin_is_of_the_kind_of_its_namespace(point: importlib.metadata.EntryPoint) -> None:
    assert issubclass(point.load(), KINDS[point.group])


@pytest.mark.parametrize("point", [p for p in declared() if p.group == SCRIPTS], ids=identity)
def test_console_script_answers_help(point: importlib.metadata.EntryPoint) -> None:
    program = RUN.format(module=point.module, attr=point.attr, name=point.name)
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert point.name in done.stdout
    assert "Traceback" not in done.stderr
