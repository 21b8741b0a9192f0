# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch plugin new``: a package with a driver to begin with."""

import argparse
from pathlib import Path

from ceilobatch.cmd.base import Command
from ceilobatch.cmd.scaffold import KINDS, write_package


class NewPlugin(Command):
    """Write a new package with a driver that works, and tests that pass.

    The driver keeps what it is given in a file, or reads it from there; comments that begin with
    "Yours" stand at what is to be replaced. Its tests are the contract suite of its kind. Prints
    the files. Needs no configuration.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With kind, name and ``--directory``."""
        parser = super().get_parser(prog_name)
        parser.add_argument("kind", metavar="KIND", help=f"one of {', '.join(KINDS)}")
        parser.add_argument("name", metavar="NAME", help="what operators will call the driver")
        parser.add_argument(
            "--directory",
            type=Path,
            help="where to write the package; it must not be there yet (default: "
            "ceilobatch-KIND-NAME in the current directory)",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Write, and say what."""
        files = write_package(parsed_args.kind, parsed_args.name, parsed_args.directory)
        for path in files:
            self.app.stdout.write(f"{path}\n")
