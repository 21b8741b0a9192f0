# SPDX-License-Identifier: Apache-2.0
"""What is measured of a consumer of the agent."""

from collections.abc import Iterator, Mapping

from ceilobatch.agent import Consumer
from ceilobatch.batch import Outcome
from ceilobatch.telemetry import measurements
from ceilobatch.telemetry.measurement import Measurement
from ceilobatch.telemetry.reading import Reading

# Why a message is put aside without being stored.
NO_DEFINITION = "no_definition"
OUTCOMES: Mapping[Outcome, Measurement] = {
    Outcome.STORED: measurements.COMPLETED,
    Outcome.RECOVERED: measurements.FAILED,
    Outcome.REQUEUED: measurements.RETRIED,
    Outcome.DUPLICATE: measurements.DUPLICATE,
    Outcome.IGNORED: measurements.DROPPED,
}


def readings(consumer: Consumer, thread: str, depth: int | None = None) -> Iterator[Reading]:
    """Everything but its calls of plugins; the ledger's figures are the ledger's.

    :param depth: how much waits for it, where that is known.
    """
    own = {"thread": thread}
    ledger, gate, batch = consumer.ledger, consumer.gate, consumer.batch
    yield Reading(measurements.RECEIVED.name, own, ledger.received)
    for outcome, measurement in OUTCOMES.items():
        reason = {"reason": NO_DEFINITION} if measurement is measurements.DROPPED else {}
        yield Reading(measurement.name, {**own, **reason}, ledger.outcomes[outcome])
    yield Reading(measurements.REQUEST_TIME.name, own, consumer.request_time)
    for trigger in ("count", "bytes", "age", "drain"):
        dimensions = {**own, "trigger": trigger}
        yield Reading(measurements.BATCHES.name, dimensions, consumer.closed[trigger])
    yield Reading(measurements.PENDING.name, own, len(batch) if batch is not None else 0)
    age = batch.age if batch is not None else 0.0
    yield Reading(measurements.PENDING_AGE.name, own, round(age, 3))
    yield Reading(measurements.CONNECTED.name, own, int(consumer.lost is None))
    if depth is not None:
        yield Reading(measurements.QUEUE_DEPTH.name, own, depth)
    lag = consumer.lag.seconds
    if lag is not None:
        yield Reading(measurements.QUEUE_LAG.name, own, round(lag, 3))
    yield Reading(measurements.GATE_OPEN.name, own, int(gate.is_open))
    yield Reading(measurements.GATE_CLOSED_FOR.name, own, round(gate.closed_for, 3))
    yield Reading(measurements.GATE_CLOSINGS.name, own, gate.closings)
    yield Reading(measurements.IMBALANCE.name, own, consumer.imbalance)
