# SPDX-License-Identifier: Apache-2.0
"""What is measured of a worker of the processor."""

from collections.abc import Iterator

from ceilobatch.processor.conductor import Conductor
from ceilobatch.processor.storing import Storing
from ceilobatch.telemetry import measurements
from ceilobatch.telemetry.reading import Reading

# What its threads are called in figures.
CONDUCTOR, STORING = "t0", "t1"
# Why periods are put aside without being stored.
MOVED = "moved"


def readings(conductor: Conductor, storing: Storing) -> Iterator[Reading]:
    """Everything but the calls of plugins; each figure under the thread that writes it."""
    pipeline, gate = conductor.pipeline, storing.gate
    own = {"thread": CONDUCTOR}
    yield Reading(measurements.RECEIVED.name, own, pipeline.begun)
    yield Reading(measurements.FAILED.name, own, pipeline.failed)
    yield Reading(measurements.RETRIED.name, own, pipeline.failed)
    yield Reading(measurements.UNDER_WAY.name, own, pipeline.retrieval.under_way)
    yield Reading(measurements.PENDING.name, own, pipeline.cells)
    yield Reading(measurements.SCOPES.name, own, len(conductor.tracks))
    yield Reading(measurements.BEHIND.name, own, conductor.left)
    yield Reading(measurements.PARKED.name, own, pipeline.parked)
    own = {"thread": STORING}
    yield Reading(measurements.COMPLETED.name, own, storing.stored)
    yield Reading(measurements.DUPLICATE.name, own, storing.conflicts)
    yield Reading(measurements.DROPPED.name, {**own, "reason": MOVED}, storing.dropped)
    yield Reading(measurements.REQUEST_TIME.name, own, storing.request_time)
    yield Reading(measurements.GATE_OPEN.name, own, int(gate.is_open))
    yield Reading(measurements.GATE_CLOSED_FOR.name, own, round(gate.closed_for, 3))
    yield Reading(measurements.GATE_CLOSINGS.name, own, gate.closings)
