# SPDX-License-Identifier: Apache-2.0
"""What Prometheus' own tool says of the figures, the alarms and the queries that are shipped."""

import dataclasses
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from ceilobatch.api.prometheus_collector import BoardCollector

from ..unit.views.scene import snapshot
from ..unit.views.shipped import ALERTS, alerts, queries
from .alert_scenes import SCENES, Scene
from .servers import Prometheus

HOUR = 60


@pytest.fixture(scope="module")
def prometheus_programs() -> Iterator[Prometheus]:
    """The programs, without a server that runs."""
    programs = Prometheus()
    yield programs
    programs.close()


def test_figures_are_written_as_prometheus_likes_them(prometheus_programs: Prometheus) -> None:
    now = 1000.0
    told = [
        snapshot("p0", threads=2),
        snapshot("p1", times=()),
        dataclasses.replace(snapshot("p2"), ended=True),
        snapshot("p3", taken=now - 60),
        snapshot(service="processor"),
    ]
    registry = CollectorRegistry()
    registry.register(BoardCollector(lambda: told, list, 15.0, lambda: now))
    done = subprocess.run(
        [prometheus_programs.program("promtool"), "check", "metrics"],
        input=generate_latest(registry),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_every_query_of_alarms_and_dashboard_can_be_read(
    prometheus_programs: Prometheus, tmp_path: Path
) -> None:
    rules = [
        {"record": f"test:query{number}", "expr": query.expression}
        for number, query in enumerate(queries())
    ]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    prometheus_programs.run("promtool", "check", "rules", str(file))
    prometheus_programs.run("promtool", "check", "rules", str(ALERTS))


def test_every_alarm_has_a_scene_in_which_it_comes() -> None:
    assert {scene.alert for scene in SCENES if scene.fires} == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("patience", ["short", "long"])
def test_alarms_come_when_they_should_and_not_before(
    prometheus_programs: Prometheus, tmp_path: Path, patience: str
) -> None:
    scenes = [one for one in SCENES if (one.quiet > HOUR) == (patience == "long")]
    told = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "5m" if patience == "long" else "1m",
        "tests": [described(scene) for scene in scenes],
    }
    file = tmp_path / "scenes.yml"
    file.write_text(json.dumps(told))
    prometheus_programs.run("promtool", "test", "rules", str(file))


def described(scene: Scene) -> dict[str, Any]:
    """A test of promtool."""
    series = [{"series": name, "values": values} for name, values in scene.told.items()]
    looks = [look(scene, scene.quiet, 0)]
    if scene.fires is not None:
        looks.append(look(scene, scene.fires, 1))
    return {"interval": "1m", "input_series": series, "promql_expr_test": looks}


def look(scene: Scene, minute: int, count: int) -> dict[str, Any]:
    """How many alarms there are at a minute."""
    firing = f'ALERTS{{alertname="{scene.alert}",alertstate="firing"}}'
    return {
        "expr": f"count({firing}) or vector(0)",
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": "{}", "value": count}],
    }
