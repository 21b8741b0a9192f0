# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch db``: the schema of the SQL storage."""

import argparse

from ceilobatch import errors
from ceilobatch.cmd.base import Command
from ceilobatch.cmd.databases import databases
from ceilobatch.plugins.storage import sql_upgrade
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.plugins.storage.sql_places import Place


class Upgrade(Command):
    """Make the tables of every SQL storage, or bring them up to date.

    The databases are those of [storage_sql] connection and, for a driver with a label that is
    stored into, such as sql:archive, of [storage_sql_archive] connection; those of letters and of
    usage are upgraded, too, where they are others. Where one cannot be upgraded, the others are.
    Doing it twice changes nothing.
    """

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Upgrade, and say from where to where."""
        conf = with_database(self.conf)
        problems: list[str] = []
        for place in databases(conf):
            try:
                self._upgrade(place)
            except errors.ConfigurationError as error:
                problems += error.problems
            except errors.Unavailable as error:
                problems.append(f"the database of [{place.group}] is not upgraded: {error}")
        if problems:
            raise errors.ConfigurationError(problems)
        return 0

    def _upgrade(self, place: Place) -> None:
        old, new = sql_upgrade.upgrade(place.conf, place.url)
        went = f"went from {old or 'empty'} to" if old != new else "is already at"
        self.app.stdout.write(f"The database of [{place.group}] {went} revision {new}.\n")
