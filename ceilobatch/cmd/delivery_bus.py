# SPDX-License-Identifier: Apache-2.0
"""What a configuration guarantees of the way from the bus to the handler."""

from collections.abc import Iterator, Sequence
from typing import Any

from oslo_config import cfg
from oslo_messaging.transport import TransportURL
from oslo_utils import units

from ceilobatch import bus
from ceilobatch.cmd import reach, spelling
from ceilobatch.cmd.checks_bus import driver
from ceilobatch.cmd.delivery_statement import AT_LEAST_ONCE, AT_MOST_ONCE, LOSES, Statement
from ceilobatch.plugins.transports import rabbit
from ceilobatch.plugins.transports.readahead import CHUNK

_RABBIT_GROUP = "oslo_messaging_rabbit"
# What RabbitMQ 4 sets by itself.
_USUAL_DELIVERY_LIMIT = 20
# The stock listener forgets to acknowledge what is among the last so many.
_REMEMBERED = 16


class Way:
    """One bus, and the driver that it is listened to with.

    :ivar native: whether the driver settles whole batches after their outcome.
    """

    def __init__(self, conf: cfg.ConfigOpts, url: TransportURL) -> None:
        self._conf = conf
        self._kind: str = url.transport
        self._driver = driver(conf, url)
        self.native = self._driver.startswith(bus.BATCH_NATIVE_PREFIX)
        hosts = ", ".join(reach.address(url, host) for host in url.hosts)
        self._name = f"bus {hosts or self._kind}"
        for group, options in spelling.of_libraries():
            conf.register_opts(list(options), group=None if group == "DEFAULT" else group)

    def statements(self) -> Iterator[Statement]:
        """What comes off this bus, and what does not."""
        yield self._guarantee()
        for danger in self._dangers():
            yield Statement(self._name, LOSES, danger)

    @property
    def messages(self) -> int | None:
        """The most that a worker holds without an acknowledgement; None where nobody counts."""
        wanted = int(bus.PREFETCH_BATCHES * self._conf.notification.batch_size)
        if not self._is_rabbit:
            return None
        own = 0 if self.native else self._rabbit.rabbit_qos_prefetch_count
        return int(own or min(wanted, rabbit.MAX_PREFETCH))

    @property
    def bytes(self) -> int | None:
        """The most that a worker holds of bodies, but for the message that fills the batch.

        None where the driver reads ahead whatever comes.
        """
        batch: int = self._conf.notification.batch_bytes
        if not self.native:
            return None
        return (1 + bus.PREFETCH_BATCHES) * batch if self._kind == bus.KAFKA else batch + CHUNK

    @property
    def _is_rabbit(self) -> bool:
        return self._kind in reach.RABBIT

    @property
    def _rabbit(self) -> Any:
        return self._conf[_RABBIT_GROUP]

    def _guarantee(self) -> Statement:
        if self._kind == bus.KAFKA and not self.native:
            return Statement(
                self._name,
                AT_MOST_ONCE,
                "oslo.messaging's Kafka driver commits what it has read before anything is done "
                "with it: a worker that is killed loses its batch, and nothing can be given back; "
                "set [notification] consumer = batch",
            )
        how = "with one frame a batch" if self.native and self._is_rabbit else "message by message"
        if self._kind == bus.KAFKA:
            how = "by committing its offset"
        return Statement(
            self._name,
            AT_LEAST_ONCE,
            f"a message is acknowledged {how} after its outcome is durable; whatever kills a "
            f"worker before that, it comes again ({self._driver})",
        )

    def _dangers(self) -> Iterator[str]:
        if not self.native:
            yield from self._dangers_of_stock()
        if self._is_rabbit:
            yield from self._dangers_of_rabbit()
        if self._kind == bus.KAFKA:
            yield (
                "Kafka deletes messages after the retention of their topic, read or not: keep "
                "them longer than the agent may be away"
            )
        if not self._conf.notification.pool:
            yield (
                "[notification] pool is empty: every other consumer without a pool takes some of "
                "the messages; with a pool the agent gets a copy of each"
            )

    def _dangers_of_stock(self) -> Iterator[str]:
        yield (
            "oslo.messaging's own listener drops a body that it cannot decode before the agent "
            "sees it; a batch-native driver (rabbit://, kafka:// with [notification] consumer = "
            "batch) keeps it in recovery"
        )
        if self._is_rabbit:
            yield (
                "after a lost connection oslo.messaging's own listener may leave up to "
                f"{_REMEMBERED} messages without acknowledgement, which come again only when the "
                "agent is restarted"
            )
            if (self.messages or 0) <= _REMEMBERED:
                yield (
                    f"[{_RABBIT_GROUP}] rabbit_qos_prefetch_count: with {self.messages} the stock "
                    f"listener can stop for good after a lost connection; more than {_REMEMBERED} "
                    "are needed"
                )

    def _dangers_of_rabbit(self) -> Iterator[str]:
        options = self._rabbit
        if not (options.amqp_durable_queues or options.rabbit_quorum_queue):
            yield (
                f"[{_RABBIT_GROUP}] amqp_durable_queues is false: what waits in the queue is gone "
                "when the broker restarts; set it, or rabbit_quorum_queue, here and in the services"
            )
        if options.amqp_auto_delete:
            yield (
                f"[{_RABBIT_GROUP}] amqp_auto_delete is true: the queue goes with its last "
                "consumer, and what is published until the next start is lost"
            )
        if options.rabbit_quorum_queue:
            limit = options.rabbit_quorum_delivery_limit or _USUAL_DELIVERY_LIMIT
            yield (
                f"a quorum queue drops a message that was given back {limit} times, by outages and "
                f"kills ([{_RABBIT_GROUP}] rabbit_quorum_delivery_limit, or RabbitMQ's own limit); "
                "give it a dead-letter exchange, or a high limit"
            )


def in_flight(conf: cfg.ConfigOpts, ways: Sequence[Way]) -> Iterator[Statement]:
    """How much is delivered and not settled at any moment, on this host."""
    workers = conf.notification.workers
    counted = [way.messages for way in ways if way.messages is not None]
    consumers = f"{_count(workers, 'worker')} x {_count(len(ways), 'bus')}"
    if counted:
        yield Statement(
            "in flight",
            f"at most {workers * sum(counted)} messages",
            f"{' + '.join(map(str, counted))} a worker, the rest waits in the broker; {consumers} "
            "on each host; so many come again when everything is killed",
        )
    yield _bytes_in_flight(workers, [way.bytes for way in ways], consumers)


def _bytes_in_flight(workers: int, each: Sequence[int | None], consumers: str) -> Statement:
    known = [number for number in each if number is not None]
    if len(known) < len(each):
        return Statement(
            "in flight",
            "bytes are not bounded",
            "oslo.messaging's own listener reads ahead without looking at sizes: memory is the "
            "number of messages times their size",
        )
    return Statement(
        "in flight",
        f"at most {workers * sum(known) / units.Mi:.1f} MiB of bodies",
        f"[notification] batch_bytes and what is read ahead, {consumers} on each host, and one "
        "message more for each; what is made of a batch takes memory besides",
    )


def _count(number: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{number} {noun}{'' if number == 1 else plural}"
