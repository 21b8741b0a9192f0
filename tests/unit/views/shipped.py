# SPDX-License-Identifier: Apache-2.0
"""The alarms and the dashboard as they are shipped, and the queries in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[3]
ALERTS = ROOT / "etc/ceilobatch/prometheus/alerts.yml"
DASHBOARD = ROOT / "etc/ceilobatch/grafana/ceilobatch.json"
RUNBOOK = ROOT / "doc/source/admin/runbook.rst"

# What Grafana puts in place of its variables.
VARIABLES = {
    "$__rate_interval": "5m",
    "$__range": "3h",
    "$hostname": ".*",
    "$pool": ".*",
    "${datasource}": "prometheus",
}


class Query(NamedTuple):
    """An expression, and where it stands."""

    place: str
    expression: str


def alerts() -> list[dict[str, Any]]:
    """All rules."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """All of it."""
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[Query]:
    """Of alarms and of the dashboard, as Prometheus is asked."""
    for rule in alerts():
        yield Query(rule["alert"], rule["expr"])
    for panel in panels():
        for target in panel["targets"]:
            yield Query(panel["title"], filled(target["expr"]))


def filled(expression: str) -> str:
    """Without variables of Grafana."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression


def names(expression: str) -> set[str]:
    """The names of series in an expression that are ours."""
    return set(re.findall(r"\bceilobatch_[a-z_]+", expression))
