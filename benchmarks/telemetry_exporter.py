# SPDX-License-Identifier: Apache-2.0
"""What Prometheus' statsd_exporter reads and adds up, against the books and the board."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import processes
from benchmarks.telemetry_daemon import BOOKS, PREFIX, comes_through, drain
from benchmarks.telemetry_peer import free_port
from ceilobatch.telemetry.levels import Level, Series

# What it counts of lines, or parts of them, that it could not use.
ERRORS = re.compile(r"statsd_exporter_(\w+_errors?|events_conflict)")
LINES = "statsd_exporter_lines"
Key = tuple[str, frozenset[tuple[str, str]]]
Found = dict[Key, float]


def measure(arguments: Any) -> dict[str, Any]:
    """Drain, and compare."""
    port, web = free_port(), free_port()
    options = [f"--statsd.listen-udp=127.0.0.1:{port}", f"--web.listen-address=127.0.0.1:{web}"]
    options.append("--statsd.listen-tcp=")
    address = f"http://127.0.0.1:{web}/metrics"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        command = [str(arguments.program), *options]
        with processes.running(command, directory / "exporter.log") as process:
            processes.wait_for(lambda: _answers(address), process, 30)
            drained = drain(directory, port, arguments, dialect="dogstatsd")
            found = _read(address)
    pairs = dict(_of_books(found, drained.books)) | dict(_of_board(found, drained.told))
    return {
        "seconds": drained.seconds,
        "lines": found[LINES, frozenset()],
        "errors": sum(value for (known, _), value in found.items() if ERRORS.match(known)),
        "books": dict(_of_books(found, drained.books)),
        "compared": len(pairs),
        "differ": {key: pair for key, pair in pairs.items() if pair[0] != pair[1]},
    }


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def _read(address: str) -> Found:
    families = text_string_to_metric_families(requests.get(address, timeout=30).text)
    return {
        (sample.name.removesuffix("_total"), frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def _of_books(found: Found, books: dict[str, Any]) -> Iterator[tuple[str, tuple[float, float]]]:
    for name, column in BOOKS.items():
        for level in Level:
            wanted = _named(f"{level.value}.{name}")
            values = (value for (known, _), value in found.items() if known == wanted)
            yield wanted, (sum(values), int(books[column]))


def _of_board(found: Found, told: list[Series]) -> Iterator[tuple[str, tuple[float, Any]]]:
    for one in filter(comes_through, told):
        key = _named(one.name), frozenset(one.dimensions.items())
        yield f"{key[0]} {sorted(key[1])}", (found.get(key, -1), one.value)


def _named(name: str) -> str:
    return re.sub(r"\W", "_", f"{PREFIX}{name}")
