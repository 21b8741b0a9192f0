# SPDX-License-Identifier: Apache-2.0
"""Configured SQL storages, and items to put into them."""

import datetime
import random
from collections import Counter
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

from oslo_config import cfg

from ceilobatch import state
from ceilobatch.model import Event, Sample, Trait
from ceilobatch.plugins.storage.sql import SqlStorage

NOON = datetime.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)
TRAITS = (Trait("state", "text", "active"), Trait("memory_mb", "int", 512))


def configure(url: str, **options: Any) -> cfg.ConfigOpts:
    """The configuration of a storage in this database."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opts(state.OPTIONS)
    for group, members in SqlStorage.options:
        conf.register_opts(members, group=group)
    for name, value in {"auto_upgrade": True, **options, "connection": url}.items():
        conf.set_override(name, value, "storage_sql")
    return conf


def event(message_id: str = "one", **changes: Any) -> Event:
    """An event, but for the changes like the others."""
    return Event(message_id, "instance.update", NOON, TRAITS)._replace(**changes)


def sample(message_id: str = "one", name: str = "memory", **changes: Any) -> Sample:
    """A sample, but for the changes like the others."""
    plain = Sample(
        *(message_id, name, 0, "gauge", "MB", 512, "user", "project", "resource", NOON),
        metadata={"host": "compute1"},
    )
    return plain._replace(**changes)


def store_shuffled(
    url: str, items: Sequence[Event] | Sequence[Sample], seed: int, start: Barrier, size: int = 100
) -> Counter[str]:
    """Store items in the order that a seed makes, ``size`` at a time, together with others."""
    storage = SqlStorage(configure(url))
    storage.probe()
    mine = list(items)
    random.Random(seed).shuffle(mine)
    start.wait(60)
    answers = Counter[str]()
    for begin in range(0, len(mine), size):
        results = storage.store(mine[begin : begin + size])  # type: ignore[arg-type]
        answers.update(result.status.value for result in results)
    storage.close()
    return answers
