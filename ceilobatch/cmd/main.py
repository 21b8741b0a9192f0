# SPDX-License-Identifier: Apache-2.0
"""The ``ceilobatch`` command: finds the subcommand, runs it, tells mistakes in sentences."""

import argparse
import contextlib
import difflib
import functools
import importlib.metadata
import itertools
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from cliff import app
from cliff import help as cliff_help
from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.cmd.catalogue import Catalogue
from ceilobatch.plugins import loader

NAMESPACE = "ceilobatch.commands"
FAILED = 1
INTERRUPTED = 130
BROKEN_PIPE = 141
_DEBUG_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    :param argv: without the name of the program; None stands for the process's own.
    :returns: 0; 1 where it failed, with one sentence a problem on standard error; 2 where the
        command line is wrong; 130 after Ctrl-C; 141 when the reader of the output has gone.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    program = CommandLine()
    try:
        code = program.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        code = BROKEN_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 0
    except Exception as error:  # noqa: BLE001  (the user gets a sentence, not a traceback)
        code = program.fail(error)
    return code


class CommandLine(app.App):
    """The program around the subcommands.

    :ivar options: the global options, once they are parsed.
    """

    NAME = config.PROJECT

    def __init__(self) -> None:
        super().__init__(
            description="Look at, check and repair what ceilobatch does.",
            version=importlib.metadata.version(config.PROJECT),
            command_manager=Catalogue(NAMESPACE),
        )
        self.options = argparse.Namespace(debug=False)

    def build_option_parser(
        self,
        description: str | None,
        version: str | None,
        argparse_kwargs: dict[str, Any] | None = None,
    ) -> argparse.ArgumentParser:
        """The options that stand before the subcommand."""
        parser = argparse.ArgumentParser(
            self.NAME,
            usage=f"{self.NAME} [options] COMMAND [arguments]",
            description=description,
            add_help=False,
            allow_abbrev=False,
            **(argparse_kwargs or {}),
        )
        _add_global_options(parser, f"{self.NAME} {version}", self)
        return parser

    @functools.cached_property
    def conf(self) -> cfg.ConfigOpts:
        """The configuration, loaded when a command first asks for it.

        :raises ConfigurationError: it cannot be used.
        """
        return config.load(self.options.config_files, self.options.config_dirs)

    def run(self, argv: list[str]) -> int:
        """Parse the global options and run the subcommand; its exceptions are the caller's."""
        self.options = self.parser.parse_args(argv)
        if not self.options.command:
            self.parser.parse_args(["--help"])
        with _logging_to_standard_error(self.options.debug):
            return self.run_subcommand(self.options.command)

    def run_subcommand(self, argv: list[str]) -> int:
        """Run the subcommand that the arguments begin with."""
        try:
            factory, name, rest = self.command_manager.find_command(argv)
        except ValueError:
            self._refuse_unknown(argv)
        command = factory(self, self.options, name)
        arguments = command.get_parser(f"{self.NAME} {name}").parse_args(rest)
        return command.run(arguments)

    def fail(self, error: Exception) -> int:
        """Tell the user what went wrong; the exit code."""
        if self.options.debug:
            traceback.print_exception(error)
        for problem in _sentences(error):
            print(f"{self.NAME}: error: {problem}", file=sys.stderr)  # noqa: T201
        return FAILED

    def _refuse_unknown(self, argv: list[str]) -> NoReturn:
        words = " ".join(itertools.takewhile(lambda word: not word.startswith("-"), argv))
        names = sorted(self.command_manager.commands)
        close = [name for name in names if words and name.startswith(words + " ")]
        close = close or difflib.get_close_matches(words, names)
        meant = f"; did you mean {' or '.join(close)}?" if close else ""
        self.parser.error(f"there is no command {words or argv[0]}{meant}")


def _add_global_options(
    parser: argparse.ArgumentParser, version: str, program: CommandLine
) -> None:
    parser.add_argument(
        "--config-file",
        action="append",
        dest="config_files",
        metavar="FILE",
        help="configuration file; can be repeated, later ones win (default: the usual places, "
        "such as /etc/ceilobatch/ceilobatch.conf)",
    )
    parser.add_argument(
        "--config-dir",
        action="append",
        dest="config_dirs",
        metavar="DIRECTORY",
        help="directory of configuration files named *.conf; can be repeated",
    )
    parser.add_argument(
        "--debug", action="store_true", help="log everything and show tracebacks of errors"
    )
    parser.add_argument(
        "--version", action="version", version=version, help="show the version and exit"
    )
    parser.add_argument(
        "-h",
        "--help",
        action=cliff_help.HelpAction,
        nargs=0,
        default=program,
        help="show this, and all commands; after a command, its own options",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


@contextlib.contextmanager
def _logging_to_standard_error(debug: bool) -> Iterator[None]:
    """Log warnings while the command runs; everything with ``--debug``.

    The daemon's own log settings are left alone: whoever looks at letters must neither need the
    right to write its log file nor mix his lines into it.
    """
    root, console = logging.getLogger(), logging.StreamHandler(sys.stderr)
    console.setFormatter(logging.Formatter(_DEBUG_LINE) if debug else _Sentence())
    level = root.level
    root.setLevel(logging.DEBUG if debug else logging.WARNING)
    root.addHandler(console)
    try:
        yield
    finally:
        root.removeHandler(console)
        root.setLevel(level)


class _Sentence(logging.Formatter):
    """Log records in the form of the program's other messages."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{config.PROJECT}: {record.levelname.lower()}: {record.getMessage()}"


def _sentences(error: Exception) -> Iterable[str]:
    if isinstance(error, errors.ConfigurationError):
        return error.problems
    if isinstance(error, errors.CeilobatchError):
        return [str(error)]
    return [f"unexpected {loader.explain(error)} (--debug before the command shows where)"]


def _discard_output() -> None:
    """What is still buffered must not fail again when the interpreter ends."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
