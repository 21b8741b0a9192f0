# SPDX-License-Identifier: Apache-2.0
"""Delivery: what a configuration guarantees, in words, and what could lose or double a message."""

from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import assembly, bus
from ceilobatch.cmd import delivery_bus, delivery_letters, delivery_storage, delivery_usage
from ceilobatch.cmd.delivery_statement import Statement
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Handler


def statements(conf: cfg.ConfigOpts) -> Iterator[Statement]:
    """What is guaranteed of the bus, events, samples, letters and usage; what is in flight.

    Nobody is connected to: the drivers declare what they are.

    :raises ConfigurationError: a plugin cannot be had, or an option cannot be used.
    """
    ways = [delivery_bus.Way(conf, url) for url in bus.urls(conf)]
    handler = loader.load(loader.HANDLERS, conf.notification.handler, assembly.HANDLER_OPTION)
    for way in ways:
        yield from way.statements()
    for role, record in assembly.RECORDS.items():
        if record in _stored_by(handler):
            yield from delivery_storage.statements(conf, role)
        else:
            reason = f"the handler {conf.notification.handler} makes no {role}"
            yield Statement(role, "not made", reason)
    yield from delivery_letters.statements(conf)
    yield from delivery_usage.statements(conf)
    yield from delivery_bus.in_flight(conf, ways)


def _stored_by(handler: type[Handler]) -> frozenset[type]:
    return handler.characteristics.stores
