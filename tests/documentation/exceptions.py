# SPDX-License-Identifier: Apache-2.0
"""Commands of the documentation that no test runs: why, and what is looked at in their place."""

import configparser
import functools
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ceilobatch.cmd.main import CommandLine

from .pages import ROOT

Words = Sequence[str]


class Exception_(NamedTuple):
    """Commands that are not run.

    :ivar begin: the words that they begin with.
    :ivar reason: why.
    :ivar problem: what is wrong with one of them, as far as that can be known; empty if nothing.
    """

    begin: tuple[str, ...]
    reason: str
    problem: Callable[[Words], str]


def exception(words: Words) -> Exception_ | None:
    """The exception that a command is of."""
    for one in EXCEPTIONS:
        if tuple(words[: len(one.begin)]) == one.begin:
            return one
    return None


def _nothing(_words: Words) -> str:
    return ""


def _units(words: Words) -> str:
    """Every unit that is named is shipped."""
    named = {word.removesuffix(".service") for word in words if word.startswith("ceilobatch-")}
    shipped = {path.stem for path in (ROOT / "etc/systemd").glob("*.service")}
    return f"no such unit: {named - shipped}" if named - shipped else ""


def _installation(words: Words) -> str:
    """Every extra that is named is one."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    named = {name for word in words for name in _extras(word)}
    unknown = named - set(setup["extras"])
    return f"no such extra: {unknown}" if unknown else ""


def _extras(word: str) -> Iterator[str]:
    for found in re.findall(r"\[([\w,]+)\]", word):
        yield from found.split(",")


def _script(words: Words) -> str:
    return "" if os.access(ROOT / words[0], os.X_OK) else "it cannot be executed"


def _application(words: Words) -> str:
    module, _, name = words[-1].partition(":")
    return "" if callable(getattr(importlib.import_module(module), name, None)) else "no such thing"


def _benchmark(words: Words) -> str:
    """Every option is one that the benchmark knows."""
    return _unknown(words, sys.executable, "-m", words[2])


def _tempest(words: Words) -> str:
    """Every option is one that the program knows."""
    return _unknown(words, str(Path(sys.executable).with_name("tempest")), words[1])


def _unknown(words: Words, *program: str) -> str:
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    unknown = given - _known(*program)
    return f"it has no {unknown}" if unknown else ""


@functools.cache
def _known(*program: str) -> frozenset[str]:
    done = subprocess.run(
        [*program, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return frozenset(re.findall(r"--[a-z][a-z-]*", done.stdout))


def _arguments(words: Words) -> str:
    """The command takes these arguments."""
    return unparsable(words[1:])


def unparsable(arguments: Words) -> str:
    """Why ``ceilobatch`` does not take arguments; empty where it does."""
    program = CommandLine()
    try:
        given = program.parser.parse_args(list(arguments))
        factory, name, rest = program.command_manager.find_command(given.command)
        factory(program, given, name).get_parser(name).parse_args(rest)
    except (SystemExit, ValueError) as error:
        return f"wrong arguments: {error}"
    return ""


SYSTEMD = "needs a host whose systemd runs the daemons"
ROOT_ONLY = "needs root and changes the host"

EXCEPTIONS = (
    Exception_(("systemctl",), SYSTEMD, _units),
    Exception_(("journalctl",), SYSTEMD, _units),
    Exception_(("useradd",), ROOT_ONLY, _nothing),
    Exception_(("install",), ROOT_ONLY, _nothing),
    Exception_(
        ("python3", "-m", "pip"),
        "needs a package registry; the tests of packaging install the wheel",
        _installation,
    ),
    Exception_(("tools/run-tests.sh",), "runs this test", _script),
    Exception_(("htpasswd",), "is of a package that nothing else needs", _nothing),
    Exception_(("gunicorn",), "is of a package that nothing else needs", _application),
    Exception_(("tempest", "run"), "is run by the test of the scenarios", _tempest),
    Exception_(("python", "-m"), "measures for minutes", _benchmark),
    Exception_(
        ("ceilobatch", "perf", "report", "--source", "dropwizard"),
        "watches a service of somebody else",
        _arguments,
    ),
)
