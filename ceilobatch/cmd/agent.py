# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch-agent``: the daemon."""

import sys
from collections.abc import Sequence

from oslo_config import cfg

from ceilobatch import assembly, bus, errors, worker
from ceilobatch.cmd import daemon
from ceilobatch.telemetry.calls import CallRegistry

EPILOG = """
SIGTERM or SIGINT: finish the batches in hand, give back what was prefetched, exit 0.
SIGHUP: load the definition files again.
SIGUSR2: every worker reports what it is doing.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the agent until it is told to stop; the exit code."""
    return daemon.main(
        argv,
        daemon.Daemon(
            "ceilobatch-agent",
            "Consume notifications in batches; store their events and samples.",
            EPILOG,
            "ceilobatch.worker",
            worker.run,
            lambda conf: conf.notification.workers,
            refuse_what_cannot_work,
        ),
    )


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


if __name__ == "__main__":
    sys.exit(main())
