# SPDX-License-Identifier: Apache-2.0
"""Catalogue: the subcommands that are installed, none of them imported before it is run."""

import importlib.metadata

from cliff import commandmanager


class Catalogue(commandmanager.CommandManager):
    """Knows commands by their entry points; cliff's own one imports them all at once."""

    def load_commands(self, namespace: str) -> None:
        """Note the commands of a namespace; of two of one name, the first that is found."""
        self.group_list.append(namespace)
        for point in importlib.metadata.entry_points(group=namespace):
            self.commands.setdefault(point.name.replace("_", " "), point)
