# SPDX-License-Identifier: Apache-2.0
"""SQL usage storages, periods to store in them, and programs that store beside others.

Run as a program it stores periods of a scope until it is killed, and says which are stored.
"""

import datetime
import os
import sys
from collections.abc import Sequence
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from typing import Any

from oslo_config import cfg

from ceilobatch import state
from ceilobatch.plugins import loader
from ceilobatch.plugins.processing import Conflict
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.usage import PeriodBatch, Usage

HOUR = datetime.timedelta(hours=1)
START = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def at(hours: float) -> datetime.datetime:
    """So many hours after the start."""
    return START + hours * HOUR


def configure(url: str, **options: Any) -> cfg.ConfigOpts:
    """The configuration of a storage in this database."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opts(state.OPTIONS)
    loader.register_options(conf, SqlUsage)
    for name, value in {"auto_upgrade": True, **options, "connection": url}.items():
        conf.set_override(name, value, "usage_sql")
    return conf


def open_usage(url: str, **options: Any) -> SqlUsage:
    """A storage in this database."""
    return SqlUsage(configure(url, **options))


def usage(quantity: Any = 1, metric: str = "cpu", resource: str = "r1", **changes: Any) -> Usage:
    """A usage, but for the changes like the others."""
    plain = Usage(metric, "vCPU", Decimal(str(quantity)), {"id": resource}, {"name": "vm"})
    return plain._replace(**changes)


def period(
    hour: int,
    usages: Sequence[Usage] = (),
    scope: str = "s1",
    rejected: dict[str, str] | None = None,
) -> PeriodBatch:
    """What was made of one hour of a scope."""
    batch = PeriodBatch(scope, at(hour), at(hour + 1), [], {}, rejected or {})
    batch.usages = list(usages)
    return batch


def numbered(hour: int, scope: str = "s1", factor: int = 1, resources: int = 3) -> PeriodBatch:
    """Quantities that are other ones for each hour, resource and factor."""
    usages = [
        usage(factor * (1000 * hour + number), "cpu", f"r{number}") for number in range(resources)
    ]
    return period(hour, usages, scope)


def store_in_race(url: str, hours: int, number: int, start: Barrier) -> list[int]:
    """Store hour after hour together with others; the hours for which this one was the first."""
    storage = open_usage(url)
    storage.probe()
    start.wait(60)
    won = []
    for hour in range(hours):
        try:
            batch = numbered(hour, factor=number + 1)
            storage.store(at(hour), [batch], f"worker {number}", final=True)
            won.append(hour)
        except Conflict:
            pass
    storage.close()
    return won


def store_for_ever(url: str, scope: str) -> None:
    """Store from where the scope is, three periods a call; write what is durable to the output."""
    storage = open_usage(url)
    (state_now,) = storage.states([scope])
    hour = (state_now.last_processed - START) // HOUR
    while True:
        batches = [numbered(hour + more, scope, resources=20) for more in range(3)]
        storage.store(at(hour), batches, "w", final=True)
        hour += 3
        os.write(sys.stdout.fileno(), b"%d\n" % hour)


if __name__ == "__main__":
    store_for_ever(sys.argv[1], sys.argv[2])
