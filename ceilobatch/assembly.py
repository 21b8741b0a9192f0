# SPDX-License-Identifier: Apache-2.0
"""Builds what a worker works with out of the configuration."""

from collections.abc import Sequence
from typing import Any

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.books import Books
from ceilobatch.definitions import load as definitions
from ceilobatch.model import Event, Sample
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Bookkeeper, Handler, Recovery, Storage
from ceilobatch.plugins.storage.sql import StateStorage
from ceilobatch.telemetry.calls import CallRegistry

HANDLER_OPTION = "[notification] handler"
RECORDS = {"events": Event, "samples": Sample}


def build_handler(
    conf: cfg.ConfigOpts, calls: CallRegistry, worker: str, name: str | None = None
) -> Handler:
    """The configured handler with parts of its own.

    :param worker: what this worker is called in letters, such as ``w0``.
    :param name: of another handler than the configured one.
    :raises ConfigurationError: everything that cannot work, together.
    """
    parts = build_parts(conf, calls, worker, name)
    handler: Handler = loader.construct(
        conf, loader.HANDLERS, name or conf.notification.handler, HANDLER_OPTION, calls, parts
    )
    return handler


def build_parts(
    conf: cfg.ConfigOpts, calls: CallRegistry, worker: str, handler: str | None = None
) -> Parts:
    """Converters, storages and recovery.

    :param handler: that they are for, where it is not the configured one.
    :raises ConfigurationError: everything that cannot work, together.
    """
    collected = _Collected()
    events = collected.attempt(definitions.load_events, conf, calls)
    meters = collected.attempt(definitions.load_meters, conf, calls)
    shared: dict[str, Storage] = {}
    event_storage = collected.attempt(storages, conf, calls, "events", shared)
    sample_storage = collected.attempt(storages, conf, calls, "samples", shared)
    recovery = collected.attempt(build_recovery, conf, calls)
    handler = handler or conf.notification.handler
    collected.attempt(loader.load, loader.HANDLERS, handler, HANDLER_OPTION)
    collected.refuse()
    origin = Origin(conf.notification.pool, conf.host, worker)
    books = build_books(conf, origin, event_storage)
    return Parts(events, meters, event_storage, sample_storage, recovery, origin, books)


def storages(
    conf: cfg.ConfigOpts, calls: CallRegistry, role: str, shared: dict[str, Storage]
) -> list[tuple[str, Storage]]:
    """The drivers of ``[storage] events`` or ``[storage] samples``, by name and label.

    :param shared: drivers constructed for another role; those made here are added.
    :raises ConfigurationError: one cannot be had, or does not store such items.
    """
    option = f"[storage] {role}"
    names = conf.storage[role]
    for name in names:
        if name not in shared:
            shared[name] = loader.construct(conf, loader.STORAGE, name, option, calls)
        if RECORDS[role] not in shared[name].characteristics.accepts:
            raise errors.ConfigurationError(f"{option}: the driver {name!r} stores no {role}")
    return [(name, shared[name]) for name in dict.fromkeys(names)]


def build_books(
    conf: cfg.ConfigOpts, origin: Origin, event_storage: Sequence[tuple[str, Storage]]
) -> Books:
    """The books of a worker, in the first storage of events that can keep them.

    :raises ConfigurationError: there is none, and the state database cannot be used.
    """
    keepers = [driver for _, driver in event_storage if isinstance(driver, Bookkeeper)]
    if not keepers:
        loader.register_options(conf, StateStorage)
    return Books(
        keepers[0] if keepers else StateStorage(conf),
        f"{origin.host}/{origin.worker}",
        origin.pool,
        separate=not keepers,
        arrivals=conf.ledger.arrivals,
    )


def build_recovery(conf: cfg.ConfigOpts, calls: CallRegistry) -> Recovery:
    """The driver of ``[recovery] backend``.

    :raises ConfigurationError: it cannot be had.
    """
    recovery: Recovery = loader.construct(
        conf, loader.RECOVERY, conf.recovery.backend, "[recovery] backend", calls
    )
    return recovery


class _Collected:
    """Runs several steps and tells all their configuration errors together."""

    def __init__(self) -> None:
        self._problems: list[str] = []

    def attempt(self, step: Any, *args: Any) -> Any:
        try:
            return step(*args)
        except errors.ConfigurationError as error:
            self._problems += error.problems
            return None

    def refuse(self) -> None:
        if self._problems:
            raise errors.ConfigurationError(self._problems)
