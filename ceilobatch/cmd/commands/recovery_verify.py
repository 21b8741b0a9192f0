# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery verify``: whether everything in the store is as it was written."""

import argparse
import sys
from collections.abc import Sequence

from ceilobatch.cmd.base import TABLE, Lister, Row
from ceilobatch.plugins.base import Damage
from ceilobatch.recovery.opening import opened

DAMAGED = 3


class VerifyLetters(Lister):
    """Read everything in the store; list what is torn, was tampered with or makes no sense.

    Exits with 3 where there is any damage. Says last how many letters and changes are sound; for
    programs (-f json and others) on standard error.
    """

    verdict = ""
    damaged = 0

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print damage and verdict."""
        code = super().run(parsed_args)
        out = self.app.stdout if parsed_args.formatter == TABLE else sys.stderr
        out.write(f"{self.verdict}\n")
        return code or (DAMAGED if self.damaged else 0)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Row]]:
        """One row a damage."""
        changes = sound = 0
        with opened(self.conf) as recovery:
            found = list(recovery.verify())
            for entry in recovery.entries():
                sound += 1
                changes += entry.revision
        self.damaged = len(found)
        told = f"{self.damaged} damaged places; " if found else ""
        self.verdict = f"{told}{sound} letters with {changes} changes are sound"
        return Damage._fields, list(found)
