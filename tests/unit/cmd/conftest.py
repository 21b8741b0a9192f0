# SPDX-License-Identifier: Apache-2.0
"""Runs the command line in this process, on a configuration of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceilobatch import assembly, config
from ceilobatch.cmd.main import main
from ceilobatch.plugins.base import Recovery
from ceilobatch.telemetry.calls import CallRegistry
from tests.unit.cmd.given_letters import NO_OBJECT, NO_TEXT, REFUSED
from tests.unit.cmd.running import Answer, Run


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    path.mkdir()
    return path


@pytest.fixture
def config_file(tmp_path: Path, state: Path) -> Path:
    """Embedded defaults, but for where they keep things."""
    path = tmp_path / "ceilobatch.conf"
    path.write_text(f"[DEFAULT]\nstate_path = {state}\ntransport_url = fake://\n")
    return path


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as it stands."""

    def run(*argv: str) -> Answer:
        code = main(argv)
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return run


@pytest.fixture
def run(bare: Run, config_file: Path) -> Run:
    return lambda *argv: bare("--config-file", str(config_file), *argv)


@pytest.fixture
def recovery(config_file: Path) -> Iterator[Recovery]:
    """What the commands look at, as a worker would have it open."""
    driver = assembly.build_recovery(config.load([str(config_file)], []), CallRegistry())
    with contextlib.closing(driver):
        yield driver


@pytest.fixture
def letters(recovery: Recovery) -> None:
    """Three, of which the second came twice."""
    recovery.add([NO_TEXT, NO_OBJECT])
    recovery.add([NO_OBJECT, REFUSED])
