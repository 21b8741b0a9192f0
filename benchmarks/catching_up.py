# SPDX-License-Identifier: Apache-2.0
"""A real ``ceilobatch-processor`` that catches up made-up scopes, and what it took."""

import datetime
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any, NamedTuple

import psycopg

from benchmarks import processes
from ceilobatch import config
from ceilobatch.plugins.scopes.fixed import fixed_scopes
from ceilobatch.processor.assembly import build_calendar, build_storage
from ceilobatch.telemetry.calls import CallRegistry

PYTHON = sys.executable
# What a worker logs when it is about to make its first plan.
BEGUN = b"Coordinated as"
_FIGURES = re.compile(r"finished with \{'stored': (\d+), 'requests': (\d+)\}")


class Work(NamedTuple):
    """What there is to do, and how.

    :ivar threads: ``[processor] max_threads``.
    :ivar wide_periods: how many periods a request of the collector takes; 0: any number.
    :ivar wide_scopes: the same for scopes.
    :ivar latency: seconds of a request.
    """

    scopes: int = 20
    periods: int = 48
    metrics: int = 10
    points: int = 5
    threads: int = 16
    wide_periods: int = 1
    wide_scopes: int = 1
    latency: float = 0.05

    @property
    def cells(self) -> int:
        """Periods of scopes."""
        return self.scopes * self.periods


def catch_up(postgresql: Any, directory: Path, work: Work) -> dict[str, float]:
    """Let one worker do it into an empty database; begin to end, without the start of processes."""
    directory.mkdir()
    url = postgresql.create_database()
    file = configure(directory, url, work)
    target = enroll(file, work.scopes, work.periods)
    log = directory / "log"
    try:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            with processor(file, log) as daemon:
                processes.wait_for(lambda: BEGUN in log.read_bytes(), daemon)
                begin, server = processes.read(daemon.pid), processes.read(postgresql.pid)
                processes.wait_for(lambda: _is_at(connection, target), daemon)
                end, server_end = processes.read(daemon.pid), processes.read(postgresql.pid)
            (rows,) = connection.execute("SELECT count(*) FROM scope_usage").fetchone() or (0,)
    except SystemExit:
        print(log.read_text()[-5000:], file=sys.stderr)
        raise
    finally:
        postgresql.drop_database(url)
    _expect(rows, work.cells * work.metrics * work.points)
    requests = figures(log)["requests"]
    seconds = end.at - begin.at
    ideal = requests * work.latency / work.threads
    return {
        "seconds": seconds,
        "requests": requests,
        "ideal_seconds": ideal,
        "share_of_ideal": ideal / seconds,
        "cpu_ms_per_period": (end.cpu - begin.cpu) / work.cells * 1000,
        "postgresql_cpu_ms_per_period": (server_end.cpu - server.cpu) / work.cells * 1000,
        "peak_mib": end.peak,
    }


def _is_at(connection: psycopg.Connection[Any], target: datetime.datetime) -> bool:
    row = connection.execute("SELECT min(last_processed) FROM scope").fetchone()
    return row is not None and row[0] >= target


def _expect(rows: int, expected: int) -> None:
    # A period may have become complete meanwhile.
    if rows < expected:
        raise SystemExit(f"{rows} usages are stored instead of {expected}")


def configure(
    directory: Path,
    url: str,
    work: Work,
    settings: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Write configuration and metric definitions; the configuration file."""
    definitions = directory / "metrics.yml"
    metric = {"unit": "unit", "groupby": ["id", "project_id"], "metadata": ["flavor"]}
    names = [f"metric_{number}" for number in range(work.metrics)]
    definitions.write_text(json.dumps({"metrics": dict.fromkeys(names, metric)}))
    groups: dict[str, dict[str, object]] = {
        "DEFAULT": {"state_path": directory / "state", "host": "one"},
        "processor": {
            "collector": "fixed",
            "scopes": "fixed",
            "metrics_files": definitions,
            "max_threads": work.threads,
            "start": "2020-01-01T00:00",
            # What is measured is the work itself, whose youngest periods would come again.
            "revisit_periods": 0,
        },
        "collector_fixed": {
            "points": work.points,
            "latency": work.latency,
            "periods": work.wide_periods,
            "scopes": work.wide_scopes,
        },
        "scopes_fixed": {"count": work.scopes},
        "usage_sql": {"connection": url, "auto_upgrade": "true"},
    }
    for group, options in (settings or {}).items():
        groups.setdefault(group, {}).update(options)
    file = directory / "ceilobatch.conf"
    file.write_text("".join(_section(name, options) for name, options in groups.items()))
    return file


def _section(name: str, options: Mapping[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())


def enroll(file: Path, scopes: int, periods: int) -> datetime.datetime:
    """Let scopes lie so many periods behind; up to when there is something to do."""
    conf = config.load([str(file)], [])
    calendar = build_calendar(conf)
    storage = build_storage(conf, CallRegistry())
    target = calendar.complete()
    storage.enroll(dict.fromkeys(fixed_scopes(scopes), target - periods * calendar.period))
    storage.close()
    return target


@contextmanager
def processor(file: Path, log: Path) -> Iterator[Popen[bytes]]:
    """The daemon, terminated at the end."""
    command = [PYTHON, "-m", "ceilobatch.cmd.processor", "--config-file", str(file)]
    with processes.running(command, log) as daemon:
        yield daemon


def figures(log: Path) -> dict[str, int]:
    """What the workers of a daemon that has ended say they have done."""
    found = _FIGURES.findall(log.read_text())
    if not found:
        raise SystemExit(f"no worker has finished: {log.read_text()[-2000:]}")
    stored, requests = (sum(map(int, column)) for column in zip(*found, strict=True))
    return {"stored": stored, "requests": requests}


def plain(url: str) -> str:
    """An SQLAlchemy URL as the database's own library takes it."""
    return re.sub(r"^\w+\+\w+", "postgresql", url)


def load() -> float:
    """How many processes have wanted a processor in the last minute, on average."""
    return float(Path("/proc/loadavg").read_text().split()[0])
