# SPDX-License-Identifier: Apache-2.0
"""What the agent listens to: the buses, exchanges, topics and priorities of the configuration."""

import itertools
from collections.abc import Iterable

import oslo_messaging
from oslo_config import cfg
from oslo_messaging._drivers import impl_rabbit
from oslo_messaging.transport import TransportURL

from ceilobatch import errors
from ceilobatch.batch import Limits
from ceilobatch.plugins import loader
from ceilobatch.plugins.transports.source import BatchDriver, Source
from ceilobatch.plugins.transports.stock import StockSource

PRIORITIES = ("audit", "critical", "debug", "error", "info", "sample", "warn")
BATCH_NATIVE_PREFIX = "ceilobatch-"
KAFKA = "kafka"
# Two batches: one is handled while the broker sends the next.
PREFETCH_BATCHES = 2

OPTIONS = [
    cfg.MultiStrOpt(
        "urls",
        default=[],
        secret=True,
        help="Transport URLs of the buses to listen to, one a line. Empty means [DEFAULT] "
        "transport_url.",
    ),
    cfg.ListOpt(
        "exchanges",
        default=[
            "nova",
            "cinder",
            "glance",
            "neutron",
            "keystone",
            "ironic",
            "octavia",
            "heat",
            "swift",
            "magnum",
            "dns",
            "trove",
            "ceilometer",
            "aodh",
        ],
        help="Exchanges that services publish their notifications to (their control_exchange).",
    ),
    cfg.ListOpt(
        "topics",
        default=["notifications", "versioned_notifications", "ironic_versioned_notifications"],
        help="Topics that services publish their notifications under: the legacy ones, nova's "
        "versioned ones and ironic's.",
    ),
    cfg.StrOpt(
        "pool",
        default="ceilobatch",
        help="Name of the pool. Workers of one pool, on any number of hosts, share its queue; "
        "every pool gets a copy of every notification. Empty means the services' own queues, "
        "whose messages are shared with every other consumer that has no pool.",
    ),
    cfg.IntOpt("workers", default=1, min=1, help="Worker processes on this host."),
    cfg.IntOpt(
        "batch_size",
        default=1000,
        min=1,
        max=32767,
        mutable=True,
        help="Messages that fill a batch. Twice as many are taken from the bus ahead of their "
        "acknowledgement; that number stays what it was at the start.",
    ),
    cfg.IntOpt(
        "batch_bytes",
        default=16 * 1024 * 1024,
        min=1,
        mutable=True,
        help="Bytes of bodies that fill a batch.",
    ),
    cfg.FloatOpt(
        "batch_timeout",
        default=1.0,
        min=0.001,
        mutable=True,
        help="Seconds after its first message when a batch counts as full.",
    ),
    cfg.StrOpt(
        "handler",
        default="notification",
        help="What is done with a batch: notification (events and samples), events, meters, or "
        "any plugin of the namespace ceilobatch.handlers.",
    ),
    cfg.StrOpt(
        "consumer",
        default="batch",
        choices=[
            ("batch", "a batch-native driver where there is one for the URL, else stock"),
            ("stock", "oslo.messaging's own listener"),
        ],
        help="How messages are taken off the bus.",
    ),
]


def limits(conf: cfg.ConfigOpts) -> Limits:
    """When a batch is full, from ``[notification]``."""
    section = conf.notification
    return Limits(section.batch_size, section.batch_bytes, section.batch_timeout)


def bindings(conf: cfg.ConfigOpts) -> list[tuple[str, str]]:
    """Every configured exchange with every topic and priority.

    :raises ConfigurationError: there is no exchange or no topic.
    """
    section = conf.notification
    for option in ("exchanges", "topics"):
        if not any(section[option]):
            raise errors.ConfigurationError(f"[notification] {option}: at least one is needed")
    keys = (f"{topic}.{priority}" for topic in section.topics for priority in PRIORITIES)
    return list(itertools.product(section.exchanges, keys))


def urls(conf: cfg.ConfigOpts) -> list[TransportURL]:
    """The parsed transport URLs.

    :raises ConfigurationError: one cannot be parsed, or no driver has its name.
    """
    option = "[notification] urls" if conf.notification.urls else "[DEFAULT] transport_url"
    texts: Iterable[str | None] = conf.notification.urls or [None]
    return [_parse(conf, text, option) for text in texts]


def _parse(conf: cfg.ConfigOpts, text: str | None, option: str) -> TransportURL:
    try:
        url = TransportURL.parse(conf, text)
    except (oslo_messaging.InvalidTransportURL, ValueError) as error:
        raise errors.ConfigurationError(
            f"{option}: this is not a transport URL, such as rabbit://user:password@host:5672/: "
            f"{_reason(error)}"
        ) from None
    driver = url.transport.partition("+")[0]
    if driver not in loader.names(loader.TRANSPORTS):
        known = ", ".join(loader.names(loader.TRANSPORTS))
        raise errors.ConfigurationError(
            f"{option}: no messaging driver {driver!r} (installed: {known})"
        )
    return url


def _reason(error: Exception) -> str:
    if isinstance(error, oslo_messaging.InvalidTransportURL):
        return str(error).removesuffix(".")
    # The only number that is read is the port, of whichever host.
    return f"a port is not a number ({error})"


def sources(conf: cfg.ConfigOpts) -> list[Source]:
    """One unopened source for each bus.

    :raises ConfigurationError: a URL, exchange or topic that cannot work.
    """
    return [_source(conf, url) for url in urls(conf)]


def _source(conf: cfg.ConfigOpts, url: TransportURL) -> Source:
    pool = conf.notification.pool or None
    prefetch = PREFETCH_BATCHES * conf.notification.batch_size
    if conf.notification.consumer == "batch":
        native = BATCH_NATIVE_PREFIX + url.transport
        if native in loader.names(loader.TRANSPORTS):
            url.transport = native
    else:
        _bound_stock_prefetch(conf, prefetch)
    try:
        transport = oslo_messaging.get_notification_transport(conf, url=url)
    except Exception as error:
        raise errors.ConfigurationError(
            f"the messaging driver for {url.transport}:// cannot be used: {loader.explain(error)}"
        ) from error
    if isinstance(transport._driver, BatchDriver):
        return transport._driver.batch_source(bindings(conf), pool, prefetch)
    wanted = bindings(conf)
    if url.transport == KAFKA:
        # Kafka has no exchanges, and the stock driver refuses a topic that is named twice.
        wanted = [("", key) for key in dict.fromkeys(key for _, key in wanted)]
    return StockSource(transport, wanted, pool)


def _bound_stock_prefetch(conf: cfg.ConfigOpts, prefetch: int) -> None:
    """Oslo.messaging's default is no bound at all; an operator's own value stays."""
    conf.register_opts(impl_rabbit.rabbit_opts, group="oslo_messaging_rabbit")
    conf.set_default(
        "rabbit_qos_prefetch_count", min(prefetch, 65535), group="oslo_messaging_rabbit"
    )
