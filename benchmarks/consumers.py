# SPDX-License-Identifier: Apache-2.0
"""The consumers that the agent is compared with; run as ``python -m benchmarks.consumers``."""

import argparse
import json
import signal
import sys
import urllib.parse
from typing import Any

import amqp
import oslo_messaging
from oslo_config import cfg
from oslo_messaging._drivers import impl_rabbit

from ceilobatch import bus
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.message import decode


def bare(url: str, queue: str, batch_size: int) -> None:
    """py-amqp: read, decode envelope and message, one acknowledgement a batch."""
    parsed = urllib.parse.urlsplit(url)
    connection = amqp.Connection(
        f"{parsed.hostname}:{parsed.port}",
        parsed.username,
        parsed.password,
        virtual_host=parsed.path[1:],
    )
    connection.connect()
    channel = connection.channel()
    channel.basic_qos(0, 2 * batch_size, False)
    count = 0

    def take(message: amqp.Message) -> None:
        nonlocal count
        json.loads(json.loads(message.body)["oslo.message"])
        count += 1
        if count % batch_size == 0:
            channel.basic_ack(message.delivery_tag, multiple=True)

    channel.basic_consume(queue, callback=take)
    while True:
        connection.drain_events()


def stock(url: str, queue: str, batch_size: int) -> None:
    """oslo.messaging's batch listener with an endpoint that does nothing."""
    conf = cfg.ConfigOpts()
    conf([], project="benchmark", default_config_files=[])
    conf.register_opts(impl_rabbit.rabbit_opts, group="oslo_messaging_rabbit")
    conf.set_override("rabbit_qos_prefetch_count", 2 * batch_size, group="oslo_messaging_rabbit")
    transport = oslo_messaging.get_notification_transport(conf, url=url)

    class Endpoint:
        def info(self, messages: Any) -> None:
            """Nothing."""

        audit = critical = debug = error = sample = warn = info

    listener = oslo_messaging.get_batch_notification_listener(
        transport,
        [oslo_messaging.Target(topic="notifications", exchange="nova")],
        [Endpoint()],
        pool=queue,
        batch_size=batch_size,
        batch_timeout=1,
    )
    listener.start()
    signal.pause()


def transport_only(url: str, queue: str, batch_size: int) -> None:
    """Our batch-native transport; the messages are decoded, as the others' are, and that is all."""
    conf = cfg.ConfigOpts()
    conf.register_opts(bus.OPTIONS, "notification")
    conf([], project="benchmark", default_config_files=[])
    conf.set_override("urls", [url], "notification")
    conf.set_override("pool", queue, "notification")
    conf.set_override("batch_size", batch_size, "notification")
    (source,) = bus.sources(conf)
    source.open()
    while True:
        batch = MessageBatch(Limits(batch_size, 2**30, 1.0))
        source.receive(batch, 1.0)
        for delivery in batch.deliveries:
            decode(delivery)
        source.settle(batch, [Outcome.STORED] * len(batch))


def main() -> None:
    """Consume for ever."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["bare", "stock", "transport_only"])
    parser.add_argument("url")
    parser.add_argument("queue")
    parser.add_argument("--batch-size", type=int, default=1000)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    {"bare": bare, "stock": stock, "transport_only": transport_only}[arguments.kind](
        arguments.url, arguments.queue, arguments.batch_size
    )


if __name__ == "__main__":
    main()
