# SPDX-License-Identifier: Apache-2.0
"""Books, events and samples of two ages, written as workers write them."""

import datetime
import json
from collections.abc import Callable
from typing import Any

from ceilobatch.cmd.main import main
from ceilobatch.model import Event, Sample
from ceilobatch.page import Arrival, Booking, Page, Step, count_types, tally
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_options import with_database

from .books_scene import Scene

NOW = datetime.datetime.now(datetime.UTC)
OLD = NOW - datetime.timedelta(days=100)
TYPES = ("compute.instance.exists", "compute.instance.power_off.end")
IGNORED = "nobody.wants.this"

Purge = Callable[..., dict[str, tuple[int, int]]]


def open_storage(scene: Scene, database: str = "") -> SqlStorage:
    """The storage of the scene, or one in another database."""
    conf = with_database(scene.load())
    if database:
        conf.set_override("connection", database, "storage_sql")
    return SqlStorage(conf)


def take_in(
    storage: SqlStorage,
    name: str,
    count: int,
    *,
    received: datetime.datetime = OLD,
    worker: str = "here/w0",
    ignored: int = 0,
) -> None:
    """Store a batch of messages ``name-number`` with events, samples and pages of the books."""
    types = [TYPES[number % 2] for number in range(count)]
    opening = Page(
        Step.OPEN,
        f"{name}-batch",
        worker,
        "pool",
        received,
        count_types([*types, *[IGNORED] * ignored]),
        tally((kind, "events") for kind in types),
    )
    outcomes = [*((kind, "stored") for kind in types), *[(IGNORED, "ignored")] * ignored]
    arrivals = [Arrival(f"{name}-ignored-{number}", "ignored") for number in range(ignored)]
    closing = opening._replace(step=Step.CLOSE, counts=tally(outcomes), arrivals=arrivals)
    events = [Event(f"{name}-{n}", kind, received, ()) for n, kind in enumerate(types)]
    storage.store(events, Booking(opening.batch_id, received, lambda _: [opening]))
    own = ("gauge", "MB", 512.0, None, "p1", "r1", received, {"host": "one"})
    samples = [
        Sample(event.message_id, meter, 0, *own) for event in events for meter in ("memory", "disk")
    ]
    storage.store(samples, Booking(opening.batch_id, received, lambda _: [closing]))


def with_old_and_new(scene: Scene, database: str = "") -> None:
    """Two workers stored 26 events and ignored 7 messages long ago; one stored 10 now."""
    storage = open_storage(scene, database)
    take_in(storage, "old", 20, ignored=7)
    take_in(storage, "other", 6, worker="here/w1")
    take_in(storage, "new", 10, received=NOW, ignored=3)
    storage.close()


def write(scene: Scene, *pages: Page) -> None:
    """Write pages as a worker does."""
    storage = open_storage(scene)
    storage.book(pages)
    storage.close()


def purging(scene: Scene, capsys: Any) -> Purge:
    """Runs the command; rows and kept rows by table."""

    def purge(*arguments: str, before: str = "50d") -> dict[str, tuple[int, int]]:
        command = ["--config-file", str(scene.file), "db", "purge", "-f", "json"]
        capsys.readouterr()
        code = main([*command, "--before", before, *arguments])
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        return {row["table"]: (row["rows"], row["kept"]) for row in json.loads(out)}

    return purge
