# SPDX-License-Identifier: Apache-2.0
"""What four reports tell of one drain: the same counts, and how fast it was. Prints JSON.

An agent waits on a real RabbitMQ and stores into a real PostgreSQL; its figures are read from
the Monasca API, the DropWizard page and the Prometheus page of ceilobatch-api and from the
ledger, while the load is published with confirms.

    python -m benchmarks.perf --count 50000 --workers 2 --broken 0.01
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ceilobatch.perf.report import Report, as_data
from tests.functional.perf_scene import Place, fill, results, running, watching
from tests.functional.servers import PostgreSQL, RabbitMQ

PATIENCE = 1800.0


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with (
        RabbitMQ() as rabbit,
        PostgreSQL() as postgresql,
        tempfile.TemporaryDirectory() as directory,
    ):
        place = Place(Path(directory), rabbit.create_vhost(), postgresql.create_database())
        size = arguments.batch_size
        with (
            running(place, arguments.workers, batch_size=size) as url,
            watching(place, url, arguments.count, arguments.interval, PATIENCE) as reports,
        ):
            loaded = fill(place.bus, arguments.count, arguments.broken)
            found = results(reports)
    processes = {kind: _processes(one) for kind, one in found.items()}
    report = {
        "processors": os.cpu_count(),
        "settings": vars(arguments),
        "load": {**loaded._asdict(), "rate": round(loaded.published / loaded.seconds, 1)},
        "same_counts": all(one == processes["ledger"] for one in processes.values()),
        "reports": {kind: _short(one) for kind, one in found.items()},
        "processes": processes["ledger"],
    }
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=50_000, help="notifications")
    parser.add_argument("--workers", type=int, default=2, help="of the agent")
    parser.add_argument("--batch-size", type=int, default=1000)
    parser.add_argument("--broken", type=float, default=0.01, help="share of broken ones")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two samples")
    return parser.parse_args()


def _processes(one: Report) -> dict[str, Any]:
    return {f"{row.instance} {row.process}": row.counts._asdict() for row in one.processes}


def _short(one: Report) -> dict[str, Any]:
    data = as_data(one)
    whole = {name: value for name, value in data["whole"].items() if value != ""}
    return {name: data[name] for name in ("ending", "seconds", "samples", "missed")} | whole


if __name__ == "__main__":
    main()
