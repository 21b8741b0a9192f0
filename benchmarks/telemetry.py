# SPDX-License-Identifier: Apache-2.0
"""What is measured of the agent: whether it is right, and what it costs. Prints JSON.

``daemon``: the statsd daemon of a real monasca-agent, installed into the virtual environment
``--peer`` unless it is there, fed by two workers that drain a queue into PostgreSQL; what it adds
up is compared with the books, and with what the workers have hung out on their board.
``exporter``: the same with dialect ``dogstatsd`` and Prometheus' statsd_exporter, ``--program``,
which also tells of every line that it could not read.
``cost``: CPU per message of an agent that measures against one that does not, both at the same
time, on queues that are filled alike, in batches of 1000 and of 1.

    python -m benchmarks.telemetry daemon --peer ~/monasca-venv --count 100000
    python -m benchmarks.telemetry exporter --program ~/statsd_exporter --count 20000
    python -m benchmarks.telemetry cost --count 60000 --singles 12000 --repeat 5
"""

import argparse
import json
from pathlib import Path

from benchmarks import telemetry_cost, telemetry_daemon, telemetry_exporter


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    print(json.dumps(arguments.measure(arguments), indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    kinds = parser.add_subparsers(required=True)
    daemon = kinds.add_parser("daemon", help="is it right in a monasca-agent?")
    daemon.set_defaults(measure=telemetry_daemon.measure)
    daemon.add_argument("--peer", type=Path, required=True, help="virtual environment")
    exporter = kinds.add_parser("exporter", help="is it right in a statsd_exporter?")
    exporter.set_defaults(measure=telemetry_exporter.measure)
    exporter.add_argument("--program", type=Path, required=True, help="statsd_exporter")
    for one in (daemon, exporter):
        one.add_argument("--count", type=int, default=100_000, help="notifications")
        one.add_argument("--workers", type=int, default=2)
        one.add_argument("--flush-interval", type=int, default=5)
    cost = kinds.add_parser("cost", help="what does it cost?")
    cost.set_defaults(measure=telemetry_cost.measure)
    cost.add_argument("--count", type=int, default=60_000, help="notifications, batches of 1000")
    cost.add_argument("--singles", type=int, default=12_000, help="notifications, batches of 1")
    cost.add_argument("--repeat", type=int, default=5, help="pairs; medians are printed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
