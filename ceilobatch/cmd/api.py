# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch-api``: the REST service."""

import signal
import sys
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg
from oslo_log import log

from ceilobatch import config, errors
from ceilobatch.api import service
from ceilobatch.api.server import Server
from ceilobatch.cmd import daemon

LOG = log.getLogger(__name__)

PROGRAM = "ceilobatch-api"
EPILOG = """
SIGTERM or SIGINT: accept no more, answer the requests in hand, exit 0.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit code."""
    description = "Serve figures, health, letters and records over HTTP."
    arguments = daemon.parser(PROGRAM, description, EPILOG).parse_args(argv)
    try:
        conf = config.load(arguments.config_file or None, arguments.config_dir or None)
        config.setup_logging(conf, arguments.debug)
        return _serve(conf)
    except errors.CeilobatchError as error:
        daemon.tell(PROGRAM, error)
        return 1


def _serve(conf: cfg.ConfigOpts) -> int:
    with service.serving(conf) as application:
        server = Server(conf, application)

        def stop(_number: int, _frame: Any) -> None:
            server.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        LOG.info("Listening on %s", server.url)
        drained = server.run()
    LOG.info("Stopped; %s", "all requests were answered" if drained else "some were cut short")
    return 0 if drained else 1


if __name__ == "__main__":
    sys.exit(main())
