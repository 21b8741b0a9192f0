# SPDX-License-Identifier: Apache-2.0
"""Connects a publisher to the bus that a user means."""

import oslo_messaging
from oslo_config import cfg
from oslo_messaging.transport import TransportURL

from ceilobatch import bus, errors
from ceilobatch.perf.kafka import KafkaPublisher
from ceilobatch.perf.publisher import Publisher
from ceilobatch.perf.rabbit import RabbitPublisher
from ceilobatch.plugins import loader

RABBIT = ("rabbit", "kombu")
OPTION = "--transport-url"


def publisher(conf: cfg.ConfigOpts, text: str | None) -> Publisher:
    """A connected publisher.

    :param text: the transport URL; None for that of the configuration.
    :raises ConfigurationError: it is not one bus that messages can be confirmed on.
    :raises Unavailable: the bus is away.
    """
    url = _url(conf, text)
    scheme = url.transport.removeprefix(bus.BATCH_NATIVE_PREFIX)
    if scheme not in (*RABBIT, bus.KAFKA):
        raise errors.ConfigurationError(
            f"{scheme}:// confirms no messages; load goes to rabbit:// and kafka://"
        )
    url.transport = scheme
    try:
        transport = oslo_messaging.get_notification_transport(conf, url=url)
    except Exception as error:
        raise errors.ConfigurationError(
            f"the messaging driver for {scheme}:// cannot be used: {loader.explain(error)}"
        ) from error
    kind = KafkaPublisher if scheme == bus.KAFKA else RabbitPublisher
    return kind(transport._driver.conf, url)


def _url(conf: cfg.ConfigOpts, text: str | None) -> TransportURL:
    if text is not None:
        conf.set_override("urls", [text], "notification")
    try:
        known = bus.urls(conf)
    except errors.ConfigurationError as error:
        if text is None:
            raise
        sentences = [one.replace("[notification] urls", OPTION) for one in error.problems]
        raise errors.ConfigurationError(sentences) from None
    if len(known) != 1:
        raise errors.ConfigurationError(f"{len(known)} buses are configured: name one by {OPTION}")
    return known[0]
