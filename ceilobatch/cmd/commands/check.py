# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch check``: everything that can be wrong with a configuration, at once."""

import argparse
from collections.abc import Iterator, Sequence

from ceilobatch.cmd import checks
from ceilobatch.cmd.base import Lister, Row
from ceilobatch.cmd.finding import Finding


class Check(Lister):
    """Check the configuration, the definition files and the plugins; exit code 1 if any is wrong.

    Everything is looked at, and all mistakes are told together. A warning (an option that nobody
    reads) leaves the exit code 0.
    """

    failed = False

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """With ``--probe``."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--probe",
            action="store_true",
            help="also try to reach the bus, the storages and recovery",
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print the rows; 1 if one is an error."""
        return super().run(parsed_args) or int(self.failed)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterator[Row]]:
        """One row for each thing that was checked, several where it has several problems."""
        options = self.app.options
        found = checks.findings(options.config_files, options.config_dirs, parsed_args.probe)
        return Finding._fields, self._watched(found)

    def _watched(self, found: Iterator[Finding]) -> Iterator[Row]:
        for finding in found:
            self.failed = self.failed or finding.result == "error"
            yield finding
