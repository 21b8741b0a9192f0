# SPDX-License-Identifier: Apache-2.0
"""What the pages about monitoring tell people to type is there."""

import importlib.metadata
import re
from pathlib import Path

import pytest

from ceilobatch import opts

from .shipped import RUNBOOK

PAGES = [RUNBOOK, RUNBOOK.with_name("monitoring.rst")]
COMMANDS = {
    point.name.replace("_", " ")
    for point in importlib.metadata.entry_points(group="ceilobatch.commands")
}
SCRIPTS = {
    point.name
    for point in importlib.metadata.entry_points(group="console_scripts")
    if point.name.startswith("ceilobatch")
}


def test_commands_of_the_runbook_exist() -> None:
    lines = re.findall(r"^   ceilobatch ([a-z ]+)", RUNBOOK.read_text(), re.MULTILINE)
    assert len(lines) > 10
    for line in lines:
        words = line.split()
        assert any(" ".join(words[:count]) in COMMANDS for count in (1, 2)), line


def test_daemons_of_the_runbook_exist() -> None:
    units = set(re.findall(r"\b(ceilobatch-(?!worker|flow)[a-z]+)\b", RUNBOOK.read_text()))
    assert units == SCRIPTS - {"ceilobatch"} - {"ceilobatch-status"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_options_that_are_named_exist(page: Path) -> None:
    known = {
        (group or "DEFAULT", option.dest)
        for group, options in opts.own_options()
        for option in options
    }
    named = set(re.findall(r"``\[(\w+)\]\s+(\w+)``", page.read_text()))
    assert named
    assert {one for one in named if not one[0].startswith("oslo_")} <= known
