# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch plugin``: what is installed, and whether it loads."""

import argparse
from collections.abc import Iterator, Sequence

from ceilobatch.cmd.base import Lister, Row
from ceilobatch.plugins import loader

COLUMNS = ("namespace", "name", "package", "version", "status", "summary")


class ListPlugins(Lister):
    """List the installed plugins, each tried to import.

    The status is ok, or why the plugin does not load. Needs no configuration.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With ``--namespace``."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--namespace",
            action="append",
            help=f"only this namespace, such as {loader.STORAGE} or storage; can be repeated",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row a plugin."""
        wanted = parsed_args.namespace
        return COLUMNS, _rows(map(loader.namespace_of, wanted) if wanted else loader.LISTED)


def _rows(namespaces: "Iterator[str] | Sequence[str]") -> Iterator[Row]:
    for namespace in namespaces:
        for one in loader.describe(namespace):
            status = one.error or "ok"
            yield namespace, one.name, one.package, one.version, status, one.summary
