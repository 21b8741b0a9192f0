# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch-processor``: the daemon."""

import sys
from collections.abc import Sequence

from ceilobatch.cmd import daemon
from ceilobatch.processor import assembly, worker

EPILOG = """
SIGTERM or SIGINT: finish what is being stored, leave the rest for the next start, exit 0.
SIGUSR2: every worker reports what it is doing.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Process until told to stop; the exit code."""
    return daemon.main(
        argv,
        daemon.Daemon(
            "ceilobatch-processor",
            "Retrieve the metrics of every scope, period after period; store their usage.",
            EPILOG,
            "ceilobatch.processor.worker",
            worker.run,
            lambda conf: conf.processor.workers,
            assembly.refuse_what_cannot_work,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
