# SPDX-License-Identifier: Apache-2.0
"""A web server for each test that wants one."""

from collections.abc import Iterator

import pytest

from ceilobatch.cmd.main import main
from tests.unit.cmd.running import Answer, Run

from .serving import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as it stands."""

    def run(*argv: str) -> Answer:
        code = main(argv)
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return run
