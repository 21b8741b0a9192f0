# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch-agent``: the daemon."""

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence

from oslo_config import cfg
from oslo_log import log

from ceilobatch import assembly, bus, config, errors, worker
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.workers import Supervisor

LOG = log.getLogger(__name__)

EPILOG = """
SIGTERM or SIGINT: finish the batches in hand, give back what was prefetched, exit 0.
SIGHUP: load the definition files again.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the agent until it is told to stop; the exit code."""
    arguments = _parser().parse_args(argv)
    setup = worker.Setup(
        arguments.config_file or None, arguments.config_dir or None, {}, arguments.debug
    )
    try:
        conf = config.load(setup.config_files, setup.config_dirs)
        config.setup_logging(conf, setup.debug)
        modules = refuse_what_cannot_work(conf)
    except errors.ConfigurationError as error:
        for problem in error.problems:
            print(f"ceilobatch-agent: error: {problem}", file=sys.stderr)  # noqa: T201
        return 1
    supervisor = Supervisor(
        worker.run,
        conf.notification.workers,
        (setup,),
        conf.graceful_shutdown_timeout,
        preload=("ceilobatch.worker", *modules),
    )
    return supervisor.run()


def refuse_what_cannot_work(conf: cfg.ConfigOpts) -> list[str]:
    """Build what every worker will build, once, and put it away; the modules it comes from.

    :raises ConfigurationError: everything that cannot work, together.
    """
    problems: list[str] = []
    modules: list[str] = []
    for step in (_try_bus, _try_handler):
        try:
            modules += step(conf)
        except errors.ConfigurationError as error:
            problems += error.problems
    if problems:
        raise errors.ConfigurationError(problems)
    return list(dict.fromkeys(modules))


def _try_bus(conf: cfg.ConfigOpts) -> list[str]:
    return [type(source).__module__ for source in bus.sources(conf)]


def _try_handler(conf: cfg.ConfigOpts) -> list[str]:
    handler = assembly.build_handler(conf, CallRegistry(), "agent")
    handler.close()
    handler.parts.close()
    return [type(plugin).__module__ for plugin in (handler, *handler.parts.drivers)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ceilobatch-agent",
        description="Consume notifications in batches; store their events and samples.",
        epilog=EPILOG,
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


if __name__ == "__main__":
    sys.exit(main())
