# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch gnocchi``: what samples need in Gnocchi."""

import argparse
import contextlib
from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.cmd.base import Command
from ceilobatch.plugins import instance, loader
from ceilobatch.plugins.storage.gnocchi import GnocchiStorage
from ceilobatch.plugins.storage.gnocchi_options import connect, definitions
from ceilobatch.plugins.storage.gnocchi_schema import Upgrade


class UpgradeGnocchi(Command):
    """Make the archive policies, resource types and attributes that samples need in Gnocchi.

    They are those of the resource definition file. What is there is left as it is; doing it twice
    changes nothing. The Gnocchi is that of [storage_gnocchi] and, for a driver with a label that is
    stored into, such as gnocchi:second, of [storage_gnocchi_second]. Where one cannot be upgraded,
    the others are.
    """

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Upgrade, and say what was made."""
        problems: list[str] = []
        for name, conf in _places(self.conf):
            try:
                with instance.naming(conf):
                    self._upgrade(name, conf)
            except errors.ConfigurationError as error:
                problems += error.problems
            except errors.Unavailable as error:
                problems.append(f"{name} is not upgraded: {error}")
        if problems:
            raise errors.ConfigurationError(problems)
        return 0

    def _upgrade(self, name: str, conf: cfg.ConfigOpts) -> None:
        wanted = definitions(conf)
        with contextlib.closing(connect(conf)) as connection:
            upgrade = Upgrade(connection, wanted)
            made = 0
            for step in upgrade.steps():
                made += 1
                self.app.stdout.write(f"{name}: made the {step}.\n")
            upgrade.check_policies()
        if not made:
            self.app.stdout.write(f"{name}: everything is there.\n")


def _places(conf: cfg.ConfigOpts) -> Iterator[tuple[str, cfg.ConfigOpts]]:
    """Those that are stored into, or the one without a label where there are none."""
    names = [*conf.storage.samples, *conf.storage.events]
    own = [name for name in dict.fromkeys(names) if name.partition(":")[0] == "gnocchi"]
    for name in own or ["gnocchi"]:
        yield name, loader.configured(conf, GnocchiStorage, name)
