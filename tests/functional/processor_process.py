# SPDX-License-Identifier: Apache-2.0
"""A running ``ceilobatch-processor`` with the collector ``fixed``, as operators have it."""

import contextlib
import datetime
import os
import signal
from pathlib import Path

import psutil

from .agent_process import Agent, Settings
from .servers import wait_until


class Processor(Agent):
    """The daemon as a process, configured by a file of its own."""

    program = "ceilobatch-processor"

    def running_workers(self) -> list[int]:
        """The process ids of the workers: the children of the fork server."""
        assert self.process is not None
        try:
            children = psutil.Process(self.process.pid).children()
            return [worker.pid for child in children for worker in child.children()]
        except psutil.NoSuchProcess:
            return []

    def kill_worker(self, place: int = 0) -> int:
        """SIGKILL to one of the workers, as soon as there is one; its process id."""
        wait_until(lambda: len(self.running_workers()) > place, what="a worker to kill")
        pid = self.running_workers()[place]
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_all(self) -> None:
        """SIGKILL to everything, the daemon first, so that it sees nobody die."""
        if self.process is not None and self.process.poll() is None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            self.kill()
            for one in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()

    def kill(self) -> None:
        """SIGKILL to the daemon alone; its workers notice that they have no parent."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)


def settings(
    place: Path,
    database: str,
    start: datetime.datetime,
    *,
    scopes: int,
    collector: dict[str, object] | None = None,
    coordination: dict[str, object] | None = None,
    **processor: object,
) -> dict[str, dict[str, object]]:
    """The configuration of a processor that stores what the formula of ``fixed`` makes.

    :param place: of the metric definitions.
    """
    return {
        "processor": {
            "collector": "fixed",
            "scopes": "fixed",
            "metrics_files": place,
            "start": start.isoformat(),
            "wait_periods": 0,
            "settle": 0,
            "revisit_periods": 0,
            "workers": 2,
            "request_timeout": 2,
            **processor,
        },
        "collector_fixed": {"points": 3, **(collector or {})},
        "scopes_fixed": {"count": scopes},
        "usage_sql": {"connection": database, "auto_upgrade": "true"},
        "coordination": {"lease": 4, **(coordination or {})},
    }


__all__ = ["Processor", "Settings", "settings"]
