# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch db``: the schema of the SQL storage."""

import argparse

from ceilobatch.cmd.base import Command
from ceilobatch.cmd.database import with_database
from ceilobatch.plugins.storage import sql_upgrade


class Upgrade(Command):
    """Make the tables of the SQL storage, or bring them up to date.

    The database is the one of [storage_sql] connection. Doing it twice changes nothing.
    """

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Upgrade, and say from where to where."""
        old, new = sql_upgrade.upgrade(with_database(self.conf))
        if old == new:
            self.app.stdout.write(f"The database is at revision {new} already.\n")
        else:
            self.app.stdout.write(f"The database went from {old or 'empty'} to revision {new}.\n")
        return 0
