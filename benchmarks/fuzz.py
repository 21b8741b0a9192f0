# SPDX-License-Identifier: Apache-2.0
"""Fuzzes decode, convert and store for as long as there is time; prints one line of JSON.

    python -m benchmarks.fuzz --minutes 5 [--seed 1] [--database URL]

Rounds of new examples, each from a seed that can be given again, against SQLite or any database
that is there. Ends with exit code 1 and the smallest example at the first one that breaks a rule.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ceilobatch import config
from ceilobatch.plugins.storage.sql import SqlStorage
from tests.fuzzing import Fuzzed
from tests.mutations import wires

EXAMPLES = 500
ROUND = settings(
    deadline=None,
    database=None,
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
)


def main() -> None:
    """Fuzz until the time is over."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as directory:
        storage = _storage(arguments.database or f"sqlite:///{directory}/fuzz.db", Path(directory))
        examples, failure = _rounds(Fuzzed(storage), arguments.minutes * 60, arguments.seed)
        storage.close()
    figures = {"examples": examples, "minutes": arguments.minutes, "first_seed": arguments.seed}
    print(json.dumps({**figures, "failures": 0 if failure is None else 1, "failing_seed": failure}))
    sys.exit(0 if failure is None else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--database", help="SQLAlchemy URL; a new SQLite file by default")
    return parser.parse_args()


def _storage(url: str, directory: Path) -> SqlStorage:
    file = directory / "ceilobatch.conf"
    file.write_text(f"[storage_sql]\nconnection = {url}\nauto_upgrade = true\n")
    conf = config.load([str(file)], [], {})
    for group, members in SqlStorage.options:
        conf.register_opts(members, group=group)
    return SqlStorage(conf)


def _rounds(fuzzed: Fuzzed, seconds: float, first: int) -> tuple[int, int | None]:
    """Examples that were tried, and the seed of the round that found something."""

    @ROUND
    @given(wire=wires)
    def steps(wire: bytes) -> None:
        fuzzed.check_steps(wire)

    @ROUND
    @given(found=st.lists(wires, min_size=1, max_size=6))
    def batches(found: list[bytes]) -> None:
        fuzzed.check_batch(found)

    rules: tuple[Callable[[], None], ...] = (steps, batches)
    deadline = time.monotonic() + seconds
    number = first
    while time.monotonic() < deadline:
        for rule in rules:
            try:
                seed(number)(rule)()
            except Exception:
                traceback.print_exc()
                return (number - first) * len(rules) * EXAMPLES, number
        number += 1
    return (number - first) * len(rules) * EXAMPLES, None


if __name__ == "__main__":
    main()
