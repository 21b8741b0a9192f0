# SPDX-License-Identifier: Apache-2.0
"""Recovery under load, killed and without room, with figures: a line of JSON for each.

    python -m benchmarks.recovery [workers] [kill] [disk] [poison] [cost] [--seed N]

``workers``: four workers write letters while ``recovery list``, ``edit``, ``replay`` and
``discard`` run again and again. ``kill``: SIGKILL to workers that are writing letters, and to
replays. ``disk``: the file system of the letters is full for a while; needs the right to mount.
``poison``: a driver of somebody else's that fails for the whole batch because of one event.
``cost``: batches with letters against batches without. Where it matters, for the backends
``file`` and ``sql`` both. RabbitMQ and PostgreSQL are real, and so are the agents.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.recovery_cost import cost
from benchmarks.recovery_disk import disk
from benchmarks.recovery_kill import kill
from benchmarks.recovery_place import Place
from benchmarks.recovery_poison import poison
from benchmarks.recovery_workers import workers
from tests.functional.servers import PostgreSQL, RabbitMQ

BACKENDS = ("file", "sql")
SHOWS: Mapping[str, tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]] = {
    "workers": (workers, BACKENDS),
    "kill": (kill, BACKENDS),
    "disk": (disk, (1, 4)),
    "poison": (poison, (0, 500, 999)),
    "cost": (cost, BACKENDS),
}


def main() -> None:
    """Run what is named, or all."""
    arguments = _arguments()
    with RabbitMQ() as rabbitmq, PostgreSQL() as postgresql:
        for name in arguments.shows or SHOWS:
            for report in _reports(name, rabbitmq, postgresql, arguments):
                print(json.dumps({"show": name, **report}), flush=True)


def _reports(
    name: str, rabbitmq: RabbitMQ, postgresql: PostgreSQL, arguments: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    show, variants = SHOWS[name]
    for variant in variants:
        if variants is BACKENDS and arguments.backend not in (None, variant):
            continue
        with (
            tempfile.TemporaryDirectory() as directory,
            Place(rabbitmq, postgresql, Path(directory), arguments.seed) as place,
        ):
            yield show(place, variant)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shows", nargs="*", metavar="|".join(SHOWS))
    parser.add_argument("--backend", choices=BACKENDS, help="only this one, where there are two")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if unknown := set(arguments.shows) - set(SHOWS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
