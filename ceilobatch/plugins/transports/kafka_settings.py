# SPDX-License-Identifier: Apache-2.0
"""What librdkafka is told: oslo.messaging's Kafka options, and the bounds of the agent."""

from collections.abc import Sequence
from typing import Any

from oslo_messaging.transport import TransportURL
from oslo_utils import netutils

from ceilobatch import errors

DEFAULT_PORT = 9092
# A worker that was killed is noticed after this time; its neighbours wait for it in a rebalance.
# Heartbeats come from a thread of librdkafka, so a busy worker is not taken for a dead one.
SESSION_MS = 10_000
# The longest time between two looks at the bus, and so the longest that one batch may take to be
# handled. After it the partitions go to other workers and the batch comes again there; nothing
# is lost, but the work was in vain. A storage that is away does not count: the gate closes then.
MAX_POLL_INTERVAL_MS = 300_000
# How long one request may go without an answer; librdkafka repeats those that can be.
REQUEST_MS = 10_000
# Topics that services create later are found after this time at the latest.
METADATA_REFRESH_MS = 10_000
# Queues of two batches are short: librdkafka's own second of pause would leave them empty.
FETCH_PAUSE_MS = 20

_CRITICAL = 2
_MAX_QUEUED_KIB = 2_097_151
_MAX_QUEUED = 10_000_000
# librdkafka's own defaults for messages and for fetches; a fetch is never asked to be smaller
# than the first or larger than the second.
_LEAST_FETCH = 1_000_000
_LARGEST_FETCH = 52_428_800


def servers(url: TransportURL) -> str:
    """The hosts of the URL with their ports, separated by commas.

    :raises ConfigurationError: there is none.
    """
    places = [
        f"{netutils.escape_ipv6(host.hostname)}:{host.port or DEFAULT_PORT}"
        for host in url.hosts
        if host.hostname
    ]
    if not places:
        raise errors.ConfigurationError("the transport URL of Kafka names no host")
    return ",".join(places)


def topics(bindings: Sequence[tuple[str, str]], url: TransportURL) -> list[str]:
    """The Kafka topics of the bindings, sorted; exchanges do not exist in Kafka.

    A virtual host in the URL is the last part of the name, as where notifications are sent.
    """
    suffix = f".{url.virtual_host}" if url.virtual_host else ""
    return sorted({key + suffix for _, key in bindings})


def consumer_settings(
    section: Any, url: TransportURL, group: str, prefetch: int, prefetch_bytes: int
) -> dict[str, Any]:
    """The properties of a consumer whose offsets are committed by nobody but us.

    A new group begins with the oldest message there is: between the creation of a topic and the
    first look of a consumer at it there is always a moment, and what was sent in it would be lost
    by beginning with the newest. Partitions are spread by ``roundrobin``, which the stock driver
    offers too, so both can be members of one group; and unlike ``range`` it does not give the
    only partition of every topic to the same worker.

    :param section: the options of ``[oslo_messaging_kafka]``.
    :param prefetch: messages that are read ahead of each partition.
    :param prefetch_bytes: bytes that are read ahead of all partitions together.
    """
    fetch = min(max(prefetch_bytes, _LEAST_FETCH), _LARGEST_FETCH)
    return {
        **connection_settings(section, url),
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "roundrobin",
        "session.timeout.ms": SESSION_MS,
        "max.poll.interval.ms": MAX_POLL_INTERVAL_MS,
        "socket.timeout.ms": REQUEST_MS,
        "topic.metadata.refresh.interval.ms": METADATA_REFRESH_MS,
        "queued.min.messages": min(max(prefetch, 1), _MAX_QUEUED),
        "queued.max.messages.kbytes": min(max(prefetch_bytes // 1024, 1), _MAX_QUEUED_KIB),
        "fetch.queue.backoff.ms": FETCH_PAUSE_MS,
        "fetch.max.bytes": fetch,
        "max.partition.fetch.bytes": min(section.kafka_max_fetch_bytes, fetch),
        "enable.partition.eof": False,
        # What goes wrong is told to the error callback too; in the log it would come again with
        # every attempt to connect.
        "log_level": _CRITICAL,
    }


def connection_settings(section: Any, url: TransportURL) -> dict[str, Any]:
    """Where and how to connect; the account is that of the first host, as in the stock driver."""
    settings = {
        "bootstrap.servers": servers(url),
        "security.protocol": section.security_protocol,
        "ssl.ca.location": section.ssl_cafile,
        "ssl.certificate.location": section.ssl_client_cert_file,
        "ssl.key.location": section.ssl_client_key_file,
        "ssl.key.password": section.ssl_client_key_password,
    }
    if section.security_protocol.startswith("SASL"):
        settings |= {
            "sasl.mechanism": section.sasl_mechanism,
            "sasl.username": url.hosts[0].username,
            "sasl.password": url.hosts[0].password,
        }
    return {name: value for name, value in settings.items() if value}
