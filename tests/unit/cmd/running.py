# SPDX-License-Identifier: Apache-2.0
"""What running a command line in a test takes and gives."""

from typing import NamedTuple, Protocol


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Runs a command with the configuration file of the test in front."""

    def __call__(self, *argv: str) -> Answer: ...
