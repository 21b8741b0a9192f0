# SPDX-License-Identifier: Apache-2.0
"""The dashboard that is shipped, as far as Grafana does not have to say."""

import itertools
import re
from typing import Any

import pytest

from ceilobatch.api.prometheus_names import sample_names

from .shipped import dashboard, names, panels

ROWS = [
    "Throughput of the agents",
    "Outcomes",
    "Request time",
    "Batches",
    "Gate and bus",
    "Queue",
    "Calls of plugins",
    "Processor",
    "Processes",
]
# What the dashboard tells in another way.
TOLD_OTHERWISE = {"ceilobatch_build_info"}


def area(panel: dict[str, Any]) -> set[tuple[int, int]]:
    """The squares that a panel takes up."""
    place = panel["gridPos"]
    across = range(place["x"], place["x"] + place["w"])
    return set(itertools.product(across, range(place["y"], place["y"] + place["h"])))


def test_rows_are_there() -> None:
    found = [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"]
    assert found == ROWS


def test_panels_have_room_and_ids_of_their_own() -> None:
    everything = dashboard()["panels"]
    ids = [panel["id"] for panel in everything]
    assert len(ids) == len(set(ids))
    areas = [area(panel) for panel in everything]
    assert sum(map(len, areas)) == len(set().union(*areas))
    assert all(across < 24 for across, _ in set().union(*areas))


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_panel_says_what_it_shows_and_asks_the_prometheus_chosen(panel: dict[str, Any]) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["description"].endswith(".")
    assert panel["datasource"] == chosen
    assert panel["fieldConfig"]["defaults"].get("unit") or panel["type"] == "heatmap"
    references = [target["refId"] for target in panel["targets"]]
    assert len(references) == len(set(references)) > 0
    for target in panel["targets"]:
        assert target["datasource"] == chosen
        assert "$hostname" in target["expr"]


def test_variables_are_those_that_queries_use() -> None:
    given = [variable["name"] for variable in dashboard()["templating"]["list"]]
    assert given == ["datasource", "hostname", "pool"]
    used = set(re.findall(r"\$\{?(\w+)", "".join(map(str, panels()))))
    assert used == {*given, "__rate_interval", "__range"}


def test_everything_that_is_told_is_shown() -> None:
    shown = {
        name for panel in panels() for target in panel["targets"] for name in names(target["expr"])
    }
    assert set(sample_names()) - shown == TOLD_OTHERWISE


def test_dashboard_can_be_imported_beside_others() -> None:
    given = dashboard()
    assert given["id"] is None
    assert given["uid"] == "ceilobatch"
    assert given["schemaVersion"] >= 36
