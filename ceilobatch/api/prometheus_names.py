# SPDX-License-Identifier: Apache-2.0
"""What measurements are called in the Prometheus view, and in which unit."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ceilobatch.telemetry.measurement import Kind, Measurement
from ceilobatch.telemetry.measurements import MEASUREMENTS, REQUEST_TIME

PREFIX = "ceilobatch_"
TYPES = {Kind.COUNTER: "counter", Kind.GAUGE: "gauge", Kind.TIME: "histogram"}
# Units that are base units in Prometheus, or become ones, and so stand in the name: by which
# number a value is divided.
UNITS: Mapping[str, tuple[str, int]] = {
    "seconds": ("seconds", 1),
    "microseconds": ("seconds", 1_000_000),
    "bytes": ("bytes", 1),
}
# Borders of the buckets of histograms, in nanoseconds: from a thousandth of a second to about a
# minute. Powers of two are borders of a Spread's buckets, too, so the counts are exact.
LIMITS = tuple(1 << power for power in range(20, 37))
# There are many plugin calls to tell of: half as many buckets for each.
CALL_LIMITS = LIMITS[::2]


class Family(NamedTuple):
    """What series of one name have in common.

    :ivar name: without the ``_total`` that the samples of a counter have.
    :ivar unit: as it stands in the name; empty where it does not.
    :ivar divisor: of values.
    """

    name: str
    type: str
    unit: str
    sentence: str
    divisor: int = 1

    @property
    def exported(self) -> str:
        """The name as queries have it; that of a histogram without ``_bucket`` and the like."""
        return f"{self.name}_total" if self.type == "counter" else self.name


def family(measurement: Measurement) -> Family:
    """What a measurement becomes."""
    unit, divisor = UNITS.get(measurement.unit, ("", 1))
    name = PREFIX + measurement.name.replace(".", "_")
    name = f"{name}_{unit}" if unit else name
    return Family(name, TYPES[measurement.kind], unit, measurement.sentence, divisor)


def limits(measurement: Measurement) -> tuple[int, ...]:
    """Borders of the buckets of a time; nanoseconds."""
    return LIMITS if measurement.levels else CALL_LIMITS


def _gauge(name: str, unit: str, sentence: str) -> Family:
    return Family(f"{PREFIX}{name}", "gauge", unit, sentence)


# What is told besides the measurements, of each worker process.
UP = _gauge(
    "worker_up",
    "",
    "1 where the worker has told its figures lately; 0 where it should have and has not.",
)
IDLE = _gauge("worker_idle_seconds", "seconds", "Since when the worker's loop has not gone round.")
START = _gauge(
    "worker_start_time_seconds",
    "seconds",
    "When the worker process was started, since the epoch; it changes at a restart.",
)
_PERIOD = f"of the last period of [statsd] flush_interval. {REQUEST_TIME.sentence}"
PERIOD_MIN = _gauge("request_time_period_min_seconds", "seconds", f"Shortest {_PERIOD}")
PERIOD_MAX = _gauge("request_time_period_max_seconds", "seconds", f"Longest {_PERIOD}")
BUILD = Family(f"{PREFIX}build", "info", "", "Version of the service that tells the figures.")

FAMILIES: Mapping[str, Family] = {one.name: family(one) for one in MEASUREMENTS}
OF_WORKERS = (UP, IDLE, START, PERIOD_MIN, PERIOD_MAX)


def sample_names() -> Iterator[str]:
    """Every name that a query may ask for."""
    for one in (*FAMILIES.values(), *OF_WORKERS):
        if one.type == "histogram":
            yield from (f"{one.name}_{suffix}" for suffix in ("bucket", "sum", "count"))
        else:
            yield one.exported
    yield f"{BUILD.name}_info"
