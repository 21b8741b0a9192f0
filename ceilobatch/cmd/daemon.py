# SPDX-License-Identifier: Apache-2.0
"""What the daemons have in common: arguments, a look at everything first, supervised workers."""

import argparse
import importlib.metadata
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from oslo_config import cfg

from ceilobatch import config, errors, process
from ceilobatch.workers import Supervisor


class Daemon(NamedTuple):
    """One of them.

    :ivar module: what the fork server imports once for all workers.
    :ivar run: runs in each worker process, given its name and a :class:`process.Setup`.
    :ivar workers: how many.
    :ivar refuse: raises ConfigurationError with everything that cannot work; returns the modules
        that workers need.
    """

    program: str
    description: str
    epilog: str
    module: str
    run: Callable[..., Any]
    workers: Callable[[cfg.ConfigOpts], int]
    refuse: Callable[[cfg.ConfigOpts], list[str]]


def main(argv: Sequence[str] | None, daemon: Daemon) -> int:
    """Run workers until told to stop; the exit code."""
    described = parser(daemon.program, daemon.description, daemon.epilog)
    arguments = described.parse_args(argv)
    setup = process.Setup(
        arguments.config_file or None, arguments.config_dir or None, {}, arguments.debug
    )
    try:
        conf = config.load(setup.config_files, setup.config_dirs)
        config.setup_logging(conf, setup.debug)
        modules = daemon.refuse(conf)
    except errors.CeilobatchError as error:
        tell(daemon.program, error)
        return 1
    supervisor = Supervisor(
        daemon.run,
        daemon.workers(conf),
        (setup,),
        conf.graceful_shutdown_timeout,
        preload=(daemon.module, *modules),
    )
    return supervisor.run()


def tell(program: str, error: errors.CeilobatchError) -> None:
    """Say on standard error why it does not start, a line for each problem."""
    for problem in getattr(error, "problems", [str(error)]):
        print(f"{program}: error: {problem}", file=sys.stderr)  # noqa: T201


def parser(program: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """The arguments that all daemons have."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {importlib.metadata.version('ceilobatch')}",
    )
    parser.add_argument(
        "--config-file",
        action="append",
        metavar="FILE",
        help="configuration file; may be given several times, the last one wins "
        "(default: ceilobatch.conf in ~/.ceilobatch, ~, /etc/ceilobatch or /etc)",
    )
    parser.add_argument(
        "--config-dir",
        action="append",
        metavar="DIR",
        help="directory of *.conf files, read after the configuration files",
    )
    parser.add_argument("--debug", action="store_true", help="log at level DEBUG")
    return parser
