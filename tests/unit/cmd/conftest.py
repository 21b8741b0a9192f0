# SPDX-License-Identifier: Apache-2.0
"""Runs the command line in this process, on a configuration of its own."""

from pathlib import Path

import pytest

from ceilobatch.cmd.main import main
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
