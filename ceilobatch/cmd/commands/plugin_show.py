# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch plugin show``: one plugin, where it comes from and what it can be told."""

import argparse
import dataclasses
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.cmd.base import TABLE, Refused, Row, ShowOne, short
from ceilobatch.cmd.plugin_sheet import Sheet, sheet
from ceilobatch.plugins import instance, loader

_COLUMNS = tuple(field.name for field in dataclasses.fields(Sheet))
_WIDTH = 76


class ShowPlugin(ShowOne):
    """Show a plugin: where it comes from, its contract, what it declares, and its options.

    The values that the configuration has for its options stand beside their defaults; secrets are
    masked. A plugin that does not load is shown, too, with the reason; the exit code is 1 then.
    """

    failed = False

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With the name and ``--namespace``."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "name", metavar="NAME", help="as plugin list shows it; a storage's may have a label"
        )
        parser.add_argument(
            "--namespace",
            help=f"where to look, such as {loader.STORAGE} or storage; needed where several "
            "namespaces have a plugin of the name",
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print the sheet; 1 if the plugin does not load."""
        return super().run(parsed_args) or int(self.failed)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Row]:
        """The fields of the sheet."""
        name = parsed_args.name
        found = sheet(_namespace(name, parsed_args.namespace), name, self._values())
        self.failed = found.status != "ok"
        return _COLUMNS, [getattr(found, column) for column in _COLUMNS]

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Row
    ) -> int:
        """Print; a table gets the options as paragraphs."""
        if parsed_args.formatter == TABLE:
            data = [
                _paragraphs(value) if column == "options" else value
                for column, value in zip(column_names, data, strict=True)
            ]
        return super().produce_output(parsed_args, column_names, data)

    def _values(self) -> cfg.ConfigOpts | None:
        """The configuration; None where there is none that can be used."""
        try:
            return self.conf
        except errors.ConfigurationError:
            options = self.app.options
            if options.config_files or options.config_dirs:
                raise
            return None


def _namespace(name: str, wanted: str | None) -> str:
    """:raises Refused: no namespace has the name, or several have it."""
    driver = instance.spelling(name, "NAME").driver
    searched = [loader.namespace_of(wanted)] if wanted else list(loader.LISTED)
    found = [namespace for namespace in searched if driver in loader.names(namespace)]
    if not found and wanted:
        known = ", ".join(loader.names(searched[0]))
        raise Refused(f"no plugin {driver!r} in the namespace {searched[0]} (installed: {known})")
    if not found:
        raise Refused(f"no plugin {driver!r}: 'ceilobatch plugin list' shows those that are there")
    if len(found) > 1:
        raise Refused(
            f"several plugins are called {driver!r}: add --namespace {' or '.join(found)}"
        )
    return found[0]


def _paragraphs(options: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(map(_paragraph, options))


def _paragraph(option: Mapping[str, Any]) -> str:
    values = f"default: {short(option['default'])}"
    if option["configured"] != option["default"] and option["configured"] is not None:
        values += f"; configured: {short(option['configured'])}"
    head = f"[{option['group']}] {option['name']} ({option['type']}; {values})"
    body = textwrap.fill(option["help"], _WIDTH, initial_indent="  ", subsequent_indent="  ")
    return f"{head}\n{body}"
