# SPDX-License-Identifier: Apache-2.0
"""What a configuration guarantees of events and samples, by what the storages declare."""

from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch.cmd.delivery_statement import (
    AT_LEAST_ONCE,
    DOUBLES,
    LOSES,
    NOT_KEPT,
    ONCE,
    Statement,
)
from ceilobatch.plugins import instance, loader
from ceilobatch.plugins.base import StorageCharacteristics

_IDENTITY = {
    "events": "its message id",
    "samples": "the message id, the meter and the position of each",
}


def statements(conf: cfg.ConfigOpts, role: str) -> Iterator[Statement]:
    """What each storage of events, or of samples, keeps of a message that may come again.

    :param role: ``events`` or ``samples``.
    :raises ConfigurationError: a driver cannot be had, or cannot say what it declares.
    """
    names = list(dict.fromkeys(conf.storage[role]))
    if not names:
        yield Statement(role, NOT_KEPT, f"[storage] {role} names no driver")
    for name in names:
        yield from _of_driver(role, name, declared(conf, role, name), len(names) > 1)
    if role == "events" and conf.events.drop_unmatched:
        yield Statement(
            role, LOSES, "[events] drop_unmatched: what no definition matches becomes no event"
        )


def declared(conf: cfg.ConfigOpts, role: str, name: str) -> StorageCharacteristics:
    """What a storage declares about itself with this configuration.

    :raises ConfigurationError: it cannot be had, or cannot say.
    """
    driver = loader.load(loader.STORAGE, name, f"[storage] {role}")
    own = loader.configured(conf, driver, name)
    with instance.naming(own):
        found: StorageCharacteristics = driver.declares(own)
    return found


def _of_driver(
    role: str, name: str, found: StorageCharacteristics, several: bool
) -> Iterator[Statement]:
    what = f"{role} in {name}"
    yield _guarantee(role, what, found)
    if not found.idempotent:
        others = ", and whenever another storage was away" if several else ""
        yield Statement(
            what,
            DOUBLES,
            f"what comes again (a kill, a lost connection{others}) is written again; compare "
            f"{_IDENTITY[role]}, or add a storage that recognises it",
        )
    if found.late_after is not None:
        yield Statement(
            what,
            LOSES,
            f"what is stored more than {_duration(found.late_after)} after its time may be "
            "dropped without a word: after an outage, or when a letter is replayed that late",
        )


def _guarantee(role: str, what: str, found: StorageCharacteristics) -> Statement:
    if not found.idempotent:
        return Statement(what, AT_LEAST_ONCE, "the driver does not know what it has stored before")
    if not found.recognises:
        return Statement(
            what,
            "exactly once, counted each time",
            "what comes again changes nothing, but the driver does not tell that it had it: the "
            "books count it as stored once more, never as a duplicate",
        )
    return Statement(
        what,
        ONCE,
        f"what comes again is known by {_IDENTITY[role]} and is a duplicate, as long as what was "
        "stored is kept",
    )


def _duration(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} seconds"
