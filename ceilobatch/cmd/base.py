# SPDX-License-Identifier: Apache-2.0
"""What all subcommands have: the configuration, and values that suit people and programs alike."""

import argparse
import json
from collections.abc import Iterable, Sequence
from typing import Any

from cliff import command, lister, show
from oslo_config import cfg

from ceilobatch import config, errors

TABLE = "table"
Row = Sequence[Any]
Refused = errors.Refused


class Structure(dict[str, Any]):
    """A mapping that every format shows as what it is: JSON text where there is only text."""

    def __str__(self) -> str:
        return json.dumps(self, ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """For YAML, which knows plain dictionaries only."""
        return dict(self)


class _Configured(command.Command):
    """What all commands have."""

    @property
    def conf(self) -> cfg.ConfigOpts:
        """The loaded configuration."""
        return configuration(self)

    def get_epilog(self) -> str:
        """Which package a command comes from, where it is not this one."""
        # To know that, cliff reads the file lists of all packages that are installed.
        ours = type(self).__module__.partition(".")[0] == config.PROJECT
        return "" if ours else super().get_epilog()


class Command(_Configured):
    """A command that prints for itself."""


class Lister(_Configured, lister.Lister):
    """A command whose answer is rows."""

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Iterable[Row]
    ) -> int:
        """Print; tables get text that fits into cells."""
        refuse_unknown_columns(parsed_args.columns, column_names)
        if parsed_args.formatter == TABLE:
            data = (
                [cell(self.human(*named)) for named in zip(column_names, row, strict=True)]
                for row in data
            )
        return super().produce_output(parsed_args, column_names, data)

    def human(self, column: str, value: object) -> object:
        """What a table shows of a value; structures may be simpler there than for programs."""
        return value


class ShowOne(_Configured, show.ShowOne):
    """A command whose answer is one thing with named fields."""

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Row
    ) -> int:
        """Print; a table gets structures over several lines."""
        refuse_unknown_columns(parsed_args.columns, column_names)
        if parsed_args.formatter == TABLE:
            data = [block(value) for value in data]
        return super().produce_output(parsed_args, column_names, data)


def configuration(asking: command.Command) -> cfg.ConfigOpts:
    """The configuration that the program was told to use.

    :raises ConfigurationError: it cannot be used.
    """
    conf: cfg.ConfigOpts = asking.app.conf  # type: ignore[attr-defined]
    return conf


def refuse_unknown_columns(wanted: Sequence[str], known: Sequence[str]) -> None:
    """:raises Refused: none of the columns that the user wants is there."""
    names = {name.strip().lower() for name in wanted}
    if names and not names & set(known):
        raise Refused(f"no column {', '.join(wanted)} (there are: {', '.join(known)})")


def cell(value: object) -> object:
    """A value for the cell of a table: structures as ``name: value`` lines, cut where long."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {short(item)}" for name, item in value.items())
    return printable(value) if isinstance(value, str) else value


def block(value: object) -> object:
    """A value for a table of one thing: structures as indented JSON, in full."""
    if isinstance(value, dict | list):
        return json.dumps(value, indent=2, ensure_ascii=False)
    return cell(value)


def printable(text: str) -> str:
    """The text with control characters written out, so that no message steers the terminal."""
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1]
        for character in text
    )


def short(value: object, width: int = 60) -> str:
    """A value in one line, cut where it is longer than the width."""
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    text = text.replace("\n", " ")
    return text if len(text) <= width else text[: width - 1] + "…"
