# SPDX-License-Identifier: Apache-2.0
"""How fast, and at what cost, the processor catches up; and cloudkitty, in the same run.

One real worker process stores into a real PostgreSQL what the collector ``fixed`` answers after a
latency: 20 scopes x 48 periods x 10 metrics of 5 points. The collector takes one scope, metric
and period a request (``narrow``), 24 periods (``periods``), or all scopes and 24 periods
(``scopes``). One thread does fewer periods, and its time is scaled; so does, with ``--peer``,
cloudkitty with 16 threads, which takes one scope and period after the other. Prints JSON.

    python -m benchmarks.processor --repeat 3 --peer ~/cloudkitty-venv
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import cloudkitty
from benchmarks.catching_up import Work, catch_up, load
from tests.functional.servers import PostgreSQL

WIDTHS = {"narrow": (1, 1), "periods": (24, 1), "scopes": (24, 0)}
# What one thread does of the 48 periods, one request after the other.
PERIODS_OF_ONE_THREAD = 2
PERIODS_OF_PEER = 6
# With and without its storage.
PEERS = {"cloudkitty": True, "cloudkitty_without_storage": False}
# As many periods of scopes, of few scopes and of many.
MEMORY = {"memory_100_scopes": (100, 100), "memory_10000_scopes": (10_000, 1)}


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    cases = _cases(arguments)
    names = [name for name in cases if not arguments.only or name in arguments.only]
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with PostgreSQL() as postgresql, tempfile.TemporaryDirectory() as directory:
        for number in range(arguments.repeat):
            for name in names:
                place = Path(directory) / f"{name}_{number}"
                runs[name].append(_measured(postgresql, place, cases[name], arguments, name))
    report: dict[str, Any] = {name: _median(some) for name, some in runs.items()}
    report["settings"] = {"latency": arguments.latency, "repeat": arguments.repeat}
    report["ratios"] = _ratios(report)
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=1, help="runs; medians are printed")
    parser.add_argument("--scopes", type=int, default=20)
    parser.add_argument("--periods", type=int, default=48)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds of a request")
    parser.add_argument("--peer", type=Path, help="virtual environment for cloudkitty")
    parser.add_argument("--only", nargs="*", help="names of measurements, such as narrow_16")
    return parser.parse_args()


def _cases(arguments: argparse.Namespace) -> dict[str, Work | None]:
    """What is measured, by name; None is the peer."""
    base = Work(arguments.scopes, arguments.periods, latency=arguments.latency)
    narrow_1 = base._replace(threads=1, periods=min(base.periods, PERIODS_OF_ONE_THREAD))
    cases: dict[str, Work | None] = {"narrow_1": narrow_1}
    for name, (periods, scopes) in WIDTHS.items():
        for threads in (16, 64):
            cases[f"{name}_{threads}"] = base._replace(
                threads=threads, wide_periods=periods, wide_scopes=scopes
            )
    for name, (scopes, periods) in MEMORY.items():
        cases[name] = base._replace(scopes=scopes, periods=periods, wide_periods=0, wide_scopes=0)
    if arguments.peer:
        cases |= dict.fromkeys(PEERS)
    return cases


def _measured(
    postgresql: Any, place: Path, work: Work | None, arguments: argparse.Namespace, name: str
) -> dict[str, float]:
    begun = load()
    if work is None:
        periods = min(arguments.periods, PERIODS_OF_PEER)
        work = Work(arguments.scopes, periods, latency=arguments.latency)
        row = cloudkitty.catch_up(arguments.peer, place, work, stores=PEERS[name])
    else:
        row = catch_up(postgresql, place, work)
    row["seconds_of_all"] = row["seconds"] * arguments.scopes * arguments.periods / work.cells
    return {**row, "load": (begun + load()) / 2}


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}


def _ratios(report: dict[str, Any]) -> dict[str, float]:
    """How many times faster the second is than the first."""
    pairs = [
        ("narrow_1", "narrow_16"),
        ("narrow_1", "narrow_64"),
        ("narrow_1", "periods_16"),
        ("narrow_16", "periods_16"),
        ("narrow_16", "scopes_16"),
        ("narrow_64", "periods_64"),
        ("cloudkitty", "narrow_16"),
        ("cloudkitty", "periods_16"),
        ("cloudkitty_without_storage", "narrow_16"),
        ("cloudkitty_without_storage", "periods_16"),
    ]
    return {
        f"{slow}/{fast}": round(report[slow]["seconds_of_all"] / report[fast]["seconds_of_all"], 2)
        for slow, fast in pairs
        if slow in report and fast in report
    }


if __name__ == "__main__":
    main()
