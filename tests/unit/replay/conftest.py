# SPDX-License-Identifier: Apache-2.0
"""The command line on letters of a file and of an SQL recovery."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceilobatch import assembly, config
from ceilobatch.cmd.main import main
from ceilobatch.plugins.base import Recovery
from ceilobatch.telemetry.calls import CallRegistry
from tests.unit.cmd.running import Answer, Run

from .replay_scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
def letters(request: pytest.FixtureRequest, scene: Scene) -> Iterator[Recovery]:
    """The recovery that the commands work on: files unless a test says otherwise."""
    backend = getattr(request, "param", "file")
    with scene.file.open("a") as file:
        file.write(f"\n[recovery]\nbackend = {backend}\n")
    recovery = assembly.build_recovery(config.load([str(scene.file)], []), CallRegistry())
    scene.recovery = recovery  # type: ignore[assignment]
    yield recovery
    recovery.close()


@pytest.fixture
def run(scene: Scene, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> Answer:
        code = main(["--config-file", str(scene.file), "recovery", *argv])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def replay(run: Run) -> Callable[..., tuple[int, dict[str, int], str]]:
    """Runs ``recovery replay``: the code, the rows that are not 0, and what was said."""

    def call(*argv: str) -> tuple[int, dict[str, int], str]:
        answer = run("replay", *argv, "-f", "json")
        rows: list[dict[str, Any]] = json.loads(answer.out)
        return answer.code, {row["what"]: row["count"] for row in rows if row["count"]}, answer.err

    return call
