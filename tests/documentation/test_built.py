# SPDX-License-Identifier: Apache-2.0
"""The pages as they are built: links lead somewhere, and everything that there is is told of."""

import functools
import importlib.metadata
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from falcon import inspect

from ceilobatch import config, opts
from ceilobatch.api import app
from ceilobatch.telemetry.measurements import MEASUREMENTS

from .pages import ROOT

BUILT = ROOT / "doc/build/html"
PROJECT = "ceilobatch"
COMMANDS = f"{PROJECT}.commands"
ALERTS = ROOT / "etc/ceilobatch/prometheus/alerts.yml"
# Shown by the pages about them under another name.
SHORTER = {"/v2.0": "/v2.0/metrics"}


class Page(HTMLParser):
    """What is in a page.

    :ivar links: where it leads to; ``anchors``: where one may be led to; ``text``: what is read.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self._text: list[str] = []
        self.feed(html)
        self.text = " ".join("".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {str(values[key]) for key in ("id", "name") if key in values}
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))

    def handle_data(self, data: str) -> None:
        self._text.append(data)


@functools.cache
def page(path: Path) -> Page:
    """A page that is built; an empty one, where there is none."""
    return Page(path.read_text() if path.is_file() else "")


@pytest.fixture(scope="module")
def built() -> dict[str, Page]:
    """Every page with text, by its name."""
    paths = sorted(BUILT.rglob("*.html"))
    assert paths, "the documentation is not built: run tox -e docs"
    own = [path for path in paths if not path.is_relative_to(BUILT / "_modules")]
    return {str(path.relative_to(BUILT)): page(path) for path in own}


def test_links_lead_to_what_is_there(built: dict[str, Page]) -> None:
    broken = []
    for name, one in built.items():
        for link in one.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (BUILT / name).parent / unquote(parts.path) if parts.path else BUILT / name
            anchors = {"", *page(target).anchors} if target.suffix == ".html" else {""}
            if not target.is_file() or unquote(parts.fragment) not in anchors:
                broken.append(f"{name}: {link}")
    assert broken == []


def test_every_option_is_told_of(built: dict[str, Page]) -> None:
    anchors = built["reference/configuration.html"].anchors
    told = {anchor.replace("-", "_") for anchor in anchors}
    every = [f"{group}.{option.dest}" for group, members in opts.list_opts() for option in members]
    assert len(every) > 100
    assert [name for name in every if name.replace("-", "_") not in told] == []


def test_every_entry_point_is_told_of(built: dict[str, Page]) -> None:
    text = " ".join(one.text for one in built.values())
    points = importlib.metadata.distribution(PROJECT).entry_points
    missing = [
        f"{point.group}: {point.name}"
        for point in points
        if not re.search(rf"\b{re.escape(point.name.replace('_', ' '))}\b", text.replace("_", " "))
        or (point.group != "console_scripts" and point.group not in text)
    ]
    assert missing == []


def test_every_plugin_stands_in_the_page_of_plugins(built: dict[str, Page]) -> None:
    text = built["reference/plugins.html"].text
    points = importlib.metadata.distribution(PROJECT).entry_points
    names = [point.name for point in points if point.group not in ("console_scripts", COMMANDS)]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_every_command_is_told_of(built: dict[str, Page]) -> None:
    text = built["reference/commands.html"].text
    points = importlib.metadata.distribution(PROJECT).entry_points.select(group=COMMANDS)
    names = [f"{PROJECT} {point.name.replace('_', ' ')}" for point in points]
    assert len(names) > 20
    assert [name for name in names if f"{name} " not in text] == []


def test_every_console_script_has_a_page(built: dict[str, Page]) -> None:
    scripts = importlib.metadata.distribution(PROJECT).entry_points.select(group="console_scripts")
    for name in scripts.names:
        assert name in built["install.html"].text


def test_every_route_is_told_of(built: dict[str, Page], tmp_path: Path) -> None:
    names = ("reference/api", "admin/api", "admin/api-monasca", "admin/monitoring")
    text = " ".join(built[f"{name}.html"].text for name in names)
    service = app.build(config.load([], [], {("DEFAULT", "state_path"): str(tmp_path)}))
    routes = {route.path for route in inspect.inspect_routes(service)}
    assert len(routes) > 15
    assert [path for path in sorted(routes) if SHORTER.get(path, path) not in text] == []


def test_every_measurement_is_told_of(built: dict[str, Page]) -> None:
    text = built["reference/measurements.html"].text
    assert [one.name for one in MEASUREMENTS if f"{one.name} (" not in text] == []


def test_every_alarm_has_its_section_of_the_runbook(built: dict[str, Page]) -> None:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    alarms = [rule["alert"] for group in groups for rule in group["rules"]]
    anchors = built["admin/runbook.html"].anchors
    assert alarms
    assert [name for name in alarms if name.lower() not in anchors] == []
