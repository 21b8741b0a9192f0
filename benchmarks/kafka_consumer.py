# SPDX-License-Identifier: Apache-2.0
"""The processes of the Kafka benchmark; run as ``python -m benchmarks.kafka_consumer``."""

import argparse
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import confluent_kafka
import orjson

from ceilobatch.message import CONTEXT_PREFIX, ENVELOPE_MESSAGE, ENVELOPE_VERSION
from ceilobatch.testing.notifications import GeneratedNotification, generate

POOL = "benchmark"
# A group notices a kill after this time instead of 10 s (ours) or 45 s (the stock driver's), so
# that the run is short; which offsets are committed does not depend on it.
QUICK = {"session.timeout.ms": 1500, "heartbeat.interval.ms": 200}


def main() -> None:
    """Consume from Kafka until killed, or make the reference."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["consume", "reference"])
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--consumer", default="batch")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int)
    arguments = parser.parse_args()
    if arguments.role == "consume":
        consume(arguments.url, arguments.directory, arguments.consumer)
    else:
        reference(arguments.directory, arguments.count, arguments.seed)


def consume(url: str, directory: Path, consumer: str) -> None:
    """Consume until killed."""

    class Quick(confluent_kafka.Consumer):
        """A consumer whose death is noticed soon."""

        def __init__(self, settings: Mapping[str, Any], **more: Any) -> None:
            super().__init__({**settings, **QUICK}, **more)

    confluent_kafka.Consumer = Quick  # type: ignore[misc, assignment]
    from ceilobatch import bus, config

    conf = config.load([_configure(directory, urls=url, consumer=consumer)], [])
    (source,) = bus.sources(conf)
    _run(conf, source)


def reference(directory: Path, count: int, seed: int) -> None:
    """Store the same notifications from memory."""
    from ceilobatch import config
    from ceilobatch.testing.memory import MemorySource

    bodies = [wire(one) for one in generate(count, seed=seed)]
    _run(config.load([_configure(directory)], []), MemorySource(bodies, ends=True))


def wire(notification: GeneratedNotification) -> bytes:
    """The bytes that oslo.messaging's Kafka driver sends: the context is a mapping of its own.

    The stock driver can read nothing else.
    """
    body: dict[str, Any] = {"_context": {}}
    for key, value in notification.body.items():
        if key.startswith(CONTEXT_PREFIX):
            body["_context"][key.removeprefix(CONTEXT_PREFIX)] = value
        else:
            body[key] = value
    inner = orjson.dumps(body).decode()
    return orjson.dumps({ENVELOPE_VERSION: "2.0", ENVELOPE_MESSAGE: inner})


def _configure(directory: Path, **notification: str) -> str:
    """Write a configuration file; its name."""
    file = directory / "ceilobatch.conf"
    lines = [f"{name} = {value}\n" for name, value in notification.items()]
    file.write_text(
        f"[DEFAULT]\nstate_path = {directory}/state\n"
        f"[notification]\npool = {POOL}\nexchanges = nova\n{''.join(lines)}"
        f"[storage_sql]\nconnection = sqlite:///{directory}/stored.sqlite\nauto_upgrade = true\n"
    )
    return str(file)


def _run(conf: Any, source: Any) -> None:
    from ceilobatch import assembly, bus
    from ceilobatch.agent import Consumer
    from ceilobatch.telemetry.calls import CallRegistry

    handler = assembly.build_handler(conf, CallRegistry(), "w0")
    consumer = Consumer(source, handler, bus.limits(conf), handler.parts.probe)
    signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
    consumer.run()
    handler.close()
    handler.parts.close()


if __name__ == "__main__":
    main()
