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

from ceilobatch import errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.transports.rabbit import Connection

TIMEOUT = 3.0
_PORTS = {"rabbit": 5672, "kombu": 5672, "kafka": 9092, "amqp": 5672}
_RABBIT = ("rabbit", "kombu")
_DRIVER_LOG = "oslo.messaging._drivers.impl_rabbit"


def address(url: TransportURL, host: TransportHost) -> str:
    """Host and port as people write them."""
    port = host.port or _PORTS.get(url.transport, 0)
    name = f"[{host.hostname}]" if ":" in host.hostname else host.hostname
    return f"{name}:{port}" if port else str(name)


def reach(conf: cfg.ConfigOpts, url: TransportURL, host: TransportHost) -> str:
    """Connect to one host, and log in where it is a RabbitMQ; what was achieved.

    :raises Unavailable: with the reason in one sentence.
    """
    where = address(url, host)
    _connect(host.hostname, host.port or _PORTS.get(url.transport, 0), where)
    if url.transport not in _RABBIT:
        return f"something listens on {where}"
    _log_in(conf, url, host, where)
    return f"logged in to {where}, virtual host {url.virtual_host or '/'}"


def _connect(name: str, port: int, where: str) -> None:
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


def _log_in(conf: cfg.ConfigOpts, url: TransportURL, host: TransportHost, where: str) -> None:
    alone = copy.copy(url)
    alone.hosts = [host]
    try:
        with _quiet():
            transport = oslo_messaging.get_notification_transport(conf, url=alone)
            Connection(transport._driver.conf, alone, 1).close()
            transport.cleanup()
    except Exception as error:
        raise errors.Unavailable(f"{where}: {loader.explain(error)}") from error


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
