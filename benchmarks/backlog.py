# SPDX-License-Identifier: Apache-2.0
"""A long backlog: peak memory of a worker and time to the first stored event. Prints JSON.

python -m benchmarks.backlog --count 1000000
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks import processes
from benchmarks.agent import EXCHANGES, declare, preload
from tests.functional.agent_process import Agent, Stored, settings
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="notifications waiting")
    parser.add_argument("--drain", type=int, default=50_000, help="stop after so many events")
    arguments = parser.parse_args()
    with (
        RabbitMQ() as rabbit,
        PostgreSQL() as postgresql,
        tempfile.TemporaryDirectory() as directory,
    ):
        url, database = rabbit.create_vhost(), postgresql.create_database()
        declare(url, "ceilobatch")
        preload(rabbit.connect(url), arguments.count, seed=0)
        wait_until(lambda: rabbit.queue_length("ceilobatch", url) == arguments.count, 120)
        waiting = rabbit.queues(url)["ceilobatch"]["ready"]
        options = settings(url, database, exchanges=",".join(EXCHANGES))
        stored = Stored(postgresql, database)
        agent = Agent(Path(directory), options)
        begin = time.monotonic()
        try:
            agent.start()
            wait_until(lambda: stored.count("event") > 0, 120)
            first = time.monotonic() - begin
            wait_until(lambda: stored.count("event") > arguments.drain, 300)
            assert agent.process is not None
            peak = processes.read(agent.process.pid).peak
            code = agent.stop()
        finally:
            agent.kill_all()
    figures = {
        "waiting": waiting,
        "first_event_after_s": round(first, 2),
        "peak_mib_of_a_worker": round(peak, 1),
        "exit_code": code,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
