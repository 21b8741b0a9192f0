# SPDX-License-Identifier: Apache-2.0
"""Tries whether the hosts of a transport URL can be used, without consuming anything."""

import contextlib
import copy
import logging
import socket
from collections.abc import Iterator

import oslo_messaging
from oslo_config import cfg
from oslo_messaging.transport import TransportHost, TransportURL

from ceilobatch import bus, errors
from ceilobatch.cmd import reach_rabbit
from ceilobatch.plugins import loader
from ceilobatch.plugins.transports import kafka_settings
from ceilobatch.plugins.transports.rabbit import Connection

TIMEOUT = 3.0
RABBIT = ("rabbit", "kombu")
_PORTS = {"rabbit": 5672, "kombu": 5672, "kafka": 9092, "amqp": 5672}
_DRIVER_LOG = "oslo.messaging._drivers.impl_rabbit"


def address(url: TransportURL, host: TransportHost) -> str:
    """Host and port as people write them."""
    port = host.port or _PORTS.get(url.transport, 0)
    name = f"[{host.hostname}]" if ":" in host.hostname else host.hostname
    return f"{name}:{port}" if port else str(name)


def reach(conf: cfg.ConfigOpts, url: TransportURL, host: TransportHost) -> str:
    """Connect to one host; what was achieved.

    On RabbitMQ: log in, and see whether the agent may declare, bind and read. On Kafka: ask for
    the brokers, which takes a login where there is one.

    :raises Unavailable: with the reason in one sentence.
    """
    where = address(url, host)
    connect(host.hostname, host.port or _PORTS.get(url.transport, 0), where)
    if url.transport in RABBIT:
        return _log_in(conf, url, host, where)
    if url.transport == bus.KAFKA:
        return _ask_kafka(conf, url, host, where)
    return f"something listens on {where}"


def connect(name: str, port: int, where: str) -> None:
    """Open a TCP connection and close it.

    :raises Unavailable: with the reason in one sentence.
    """
    try:
        socket.create_connection((name, port), TIMEOUT).close()
    except ConnectionRefusedError:
        raise errors.Unavailable(f"nobody listens on {where} (connection refused)") from None
    except socket.gaierror:
        raise errors.Unavailable(f"the host name {name} is not known") from None
    except TimeoutError:
        raise errors.Unavailable(f"{where} does not answer within {TIMEOUT:g} s") from None
    except OSError as error:
        raise errors.Unavailable(f"{where} cannot be reached: {error.strerror}") from None


def _alone(url: TransportURL, host: TransportHost) -> TransportURL:
    alone = copy.copy(url)
    alone.hosts = [host]
    return alone


def _log_in(conf: cfg.ConfigOpts, url: TransportURL, host: TransportHost, where: str) -> str:
    alone = _alone(url, host)
    try:
        with _quiet():
            transport = oslo_messaging.get_notification_transport(conf, url=alone)
            connection = Connection(transport._driver.conf, alone, 1)
            try:
                exchanges = conf.notification.exchanges
                found = reach_rabbit.examine(connection, conf.notification.pool, exchanges)
            finally:
                connection.close()
                transport.cleanup()
    except errors.Unavailable as error:
        raise errors.Unavailable(f"{where}: {error}") from error
    except Exception as error:
        raise errors.Unavailable(f"{where}: {loader.explain(error)}") from error
    return f"logged in to {where}, virtual host {url.virtual_host or '/'}; {found}"


def _ask_kafka(conf: cfg.ConfigOpts, url: TransportURL, host: TransportHost, where: str) -> str:
    from confluent_kafka import Consumer, KafkaException

    transport = oslo_messaging.get_notification_transport(conf, url=_alone(url, host))
    wanted = kafka_settings.topics(bus.bindings(conf), url)
    section = transport._driver.conf.oslo_messaging_kafka
    group = conf.notification.pool or section.consumer_group
    settings = kafka_settings.consumer_settings(section, _alone(url, host), group, 1, 1)
    consumer = Consumer(settings)
    try:
        topics = consumer.list_topics(timeout=TIMEOUT)
    except KafkaException as error:
        raise errors.Unavailable(f"{where}: {error.args[0].str()}") from error
    finally:
        consumer.close()
        transport.cleanup()
    there = len(set(wanted) & set(topics.topics))
    return f"{len(topics.brokers)} brokers; {there} of {len(wanted)} topics are there"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The driver logs each attempt; the answer of the check says it already."""
    log = logging.getLogger(_DRIVER_LOG)
    level = log.level
    if not log.isEnabledFor(logging.DEBUG):
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
