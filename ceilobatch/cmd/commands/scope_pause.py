# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch scope pause`` and ``resume``: let scopes be, or go on."""

import argparse
from collections.abc import Sequence
from typing import ClassVar

from ceilobatch.cmd import scopes
from ceilobatch.cmd.base import Lister, Row
from ceilobatch.processor.wishes import opened

COLUMNS = ("scope", "last_processed", "paused")


class PauseScopes(Lister):
    """Pause scopes: nothing is retrieved for them until they are resumed.

    It holds at once: new periods that a worker has retrieved already are not stored any more.
    """

    paused: ClassVar[bool] = True

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the scopes."""
        parser = super().get_parser(prog_name)
        scopes.add_choice(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a scope."""
        with opened(self.conf) as storage:
            wanted = [state.scope for state in scopes.chosen(storage, parsed_args)]
            storage.pause(wanted, paused=self.paused)
            found = storage.states(wanted)
        return COLUMNS, [(one.scope, one.last_processed.isoformat(), one.paused) for one in found]


class ResumeScopes(PauseScopes):
    """Let paused scopes go on where they were."""

    paused: ClassVar[bool] = False
