# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch check delivery``: what this configuration guarantees, in words."""

import argparse
import textwrap
from collections.abc import Iterator, Sequence

from ceilobatch.cmd import delivery
from ceilobatch.cmd.base import Lister, Row
from ceilobatch.cmd.delivery_statement import Statement

_WIDTH = 76


class CheckDelivery(Lister):
    """Tell what the configuration guarantees for each bus, events, samples, letters and usage.

    After each guarantee stands what could still lose or double something, and what to do about
    it; at the end how many messages and bytes can be in flight. Nobody is connected to: the
    drivers declare what they are.
    """

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a statement."""
        return Statement._fields, iter(list(delivery.statements(self.conf)))

    def human(self, column: str, value: object) -> object:
        """Sentences over several lines."""
        return textwrap.fill(str(value), _WIDTH) if column == "why" else value
