# SPDX-License-Identifier: Apache-2.0
"""Given: points, and requests for them, that both a real monasca-api and ours have been given."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

# 2025-03-01T12:00:00Z
BEGIN = 1740830400
ROUNDS = 30
SECONDS = 10
MEMORY = 123_456_789

PROCESS = "ceilobatch.process.requests.received"
INSTANCE = "ceilobatch.instance.requests.received"
TIME = "ceilobatch.process.request.time.avg"
CALLS = "ceilobatch.plugin.calls"
BYTES = "ceilobatch.worker.memory"


class Given(NamedTuple):
    """A point.

    :ivar timestamp: milliseconds since the epoch.
    """

    name: str
    dimensions: Mapping[str, str]
    timestamp: int
    value: float


def points() -> Iterator[Given]:
    """Two hosts of two processes each, and a processor; five minutes."""
    for turn in range(ROUNDS):
        for host in ("web-1", "web-2"):
            yield from _of_host(turn, host)
        at = (BEGIN + turn * SECONDS) * 1000 + 731
        yield Given(INSTANCE, {"service": "processor", "hostname": "web-1"}, at, turn % 3)


def _of_host(turn: int, host: str) -> Iterator[Given]:
    instance = {"service": "agent", "hostname": host, "pool": "billing"}
    shift = 250 if host == "web-2" else 3
    at = (BEGIN + turn * SECONDS) * 1000 + shift
    for number, process in enumerate(("p0", "p1")):
        own = {**instance, "process": process}
        yield Given(PROCESS, own, at + number, turn * (number + 1) + len(host))
        if turn % 4:
            yield Given(TIME, own, at + number, 1500 / (turn + number + 1))
        yield Given(BYTES, own, (BEGIN + turn * SECONDS) * 1000, MEMORY * (turn + 1) + number)
    yield Given(INSTANCE, instance, at, turn * 3 + 10)
    for plugin in ("sql", "log") if turn < ROUNDS // 3 else ("sql",):
        called = {**instance, "namespace": "storage", "plugin": plugin, "operation": "store"}
        yield Given(CALLS, {**called, "process": "p0", "thread": "t0"}, at, turn % 7)


METRICS = "/v2.0/metrics"
MEASUREMENTS = f"{METRICS}/measurements"
STATISTICS = f"{METRICS}/statistics"
NAMES = f"{METRICS}/names"
DIMENSIONS = f"{METRICS}/dimensions/names"
VALUES = f"{DIMENSIONS}/values"

START = "start_time=2025-03-01T12:00:00Z"
LATER = "start_time=2025-03-01T12:02:05Z"
END = "end_time=2025-03-01T12:03:00Z"
ONE = "dimensions=hostname:web-1,process:p0"
P = f"name={PROCESS}"
I = f"name={INSTANCE}"  # noqa: E741
T = f"name={TIME}"
ALL = "statistics=avg,min,max,sum,count"

# What both are asked, and answer alike; by what it is about.
REQUESTS = {
    "list": METRICS,
    "list-name": f"{METRICS}?{P}",
    "list-name-unknown": f"{METRICS}?name=nothing.such",
    "list-exact": f"{METRICS}?{P}&{ONE}",
    "list-dimensions-only": f"{METRICS}?dimensions=hostname:web-2,process:p1",
    "list-or": f"{METRICS}?{P}&dimensions=process:p0|p1,hostname:web-1",
    "list-key": f"{METRICS}?{I}&dimensions=pool",
    "list-key-unknown": f"{METRICS}?{I}&dimensions=rack",
    "list-repeated": f"{METRICS}?{P}&dimensions=hostname:web-1&dimensions=process:p1",
    "list-page": f"{METRICS}?{P}&limit=2",
    "list-page-2": f"{METRICS}?{P}&limit=2&offset=1",
    "list-page-all": f"{METRICS}?limit=7&offset=6",
    "list-page-past": f"{METRICS}?{P}&limit=2&offset=9",
    "list-limit-huge": f"{METRICS}?{P}&limit=99999999999",
    "list-name-empty": f"{METRICS}?name=",
    "list-dimensions-empty": f"{METRICS}?{P}&dimensions=",
    "list-value-empty": f"{METRICS}?{P}&dimensions=hostname:",
    "list-since": f"{METRICS}?{P}&{LATER}",
    "list-since-nothing": f"{METRICS}?{P}&start_time=2025-03-02T00:00:00Z",
    "list-between": f"{METRICS}?{P}&{START}&{END}",
    "list-tenant": f"{METRICS}?{P}&tenant_id=other",
    "measurements": f"{MEASUREMENTS}?{P}&{ONE}&{START}",
    "measurements-time": f"{MEASUREMENTS}?{T}&{ONE}&{START}",
    "measurements-large": f"{MEASUREMENTS}?name={BYTES}&{ONE}&{START}",
    "measurements-between": f"{MEASUREMENTS}?{P}&{ONE}&{LATER}&{END}",
    "measurements-zone": f"{MEASUREMENTS}?{P}&{ONE}&start_time=2025-03-01T10:04:00-02:00",
    "measurements-fraction": f"{MEASUREMENTS}?{P}&{ONE}&start_time=2025-03-01T12:04:10.003Z",
    "measurements-unknown": f"{MEASUREMENTS}?name=nothing.such&{START}",
    "measurements-none": f"{MEASUREMENTS}?{P}&{ONE}&start_time=2025-03-02T00:00:00Z",
    "measurements-merged": f"{MEASUREMENTS}?{P}&{START}&merge_metrics=true",
    "measurements-merged-host": (
        f"{MEASUREMENTS}?{P}&{LATER}&dimensions=hostname:web-1,pool&merge_metrics=True"
    ),
    "measurements-not-merged": f"{MEASUREMENTS}?{P}&{ONE}&{LATER}&{END}&merge_metrics=false",
    "measurements-grouped": f"{MEASUREMENTS}?{P}&{LATER}&{END}&group_by=hostname,process",
    "measurements-grouped-one": f"{MEASUREMENTS}?{P}&{LATER}&{END}&group_by=process",
    "measurements-grouped-all": f"{MEASUREMENTS}?{P}&{LATER}&{END}&group_by=*",
    "measurements-grouped-missing": f"{MEASUREMENTS}?{I}&{LATER}&{END}&group_by=pool",
    "measurements-grouped-all-missing": f"{MEASUREMENTS}?{I}&{LATER}&{END}&group_by=*",
    "measurements-grouped-repeated": (
        f"{MEASUREMENTS}?{P}&{LATER}&{END}&group_by=process&group_by=hostname"
    ),
    "measurements-grouped-unknown": f"{MEASUREMENTS}?{P}&{LATER}&{END}&group_by=rack",
    "measurements-page": f"{MEASUREMENTS}?{P}&{ONE}&{START}&limit=4",
    "measurements-page-2": (
        f"{MEASUREMENTS}?{P}&{ONE}&{START}&limit=4&offset=0_2025-03-01T12:00:30.003Z"
    ),
    "measurements-page-exact": f"{MEASUREMENTS}?{P}&{ONE}&{START}&limit=30",
    "measurements-page-milliseconds": (
        f"{MEASUREMENTS}?{P}&{ONE}&{START}&limit=4&offset=1740830430003"
    ),
    "measurements-page-grouped": f"{MEASUREMENTS}?{P}&{START}&group_by=process&limit=70",
    "measurements-page-grouped-within": (
        f"{MEASUREMENTS}?{P}&{START}&group_by=*&limit=5&offset=0_2025-03-01T12:00:30.003Z"
    ),
    "statistics": f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}",
    "statistics-period": f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=60",
    "statistics-period-odd": f"{STATISTICS}?{T}&{ONE}&{START}&{ALL}&period=47",
    "statistics-order": f"{STATISTICS}?{P}&{ONE}&{START}&statistics=COUNT,max&period=100",
    "statistics-single": f"{STATISTICS}?{P}&{ONE}&{START}&statistics=avg&period=60",
    "statistics-repeated": f"{STATISTICS}?{P}&{ONE}&{START}&statistics=sum&statistics=min",
    "statistics-between": f"{STATISTICS}?{P}&{ONE}&{LATER}&{END}&{ALL}&period=30",
    "statistics-gaps": f"{STATISTICS}?{T}&{ONE}&{START}&{ALL}&period=10",
    "statistics-unknown": f"{STATISTICS}?name=nothing.such&{START}&{ALL}",
    "statistics-none": f"{STATISTICS}?{P}&{ONE}&start_time=2025-03-02T00:00:00Z&{ALL}",
    "statistics-merged": f"{STATISTICS}?{P}&{START}&{ALL}&period=60&merge_metrics=true",
    "statistics-merged-or": (
        f"{STATISTICS}?{P}&dimensions=hostname:web-1|web-2&{START}&{ALL}&merge_metrics=true"
    ),
    "statistics-grouped": f"{STATISTICS}?{P}&{START}&{ALL}&period=120&group_by=hostname",
    "statistics-grouped-all": f"{STATISTICS}?{P}&{START}&{ALL}&period=120&group_by=*",
    "statistics-merged-ties": (
        f"{STATISTICS}?name={BYTES}&{START}&{ALL}&period=30&merge_metrics=true"
    ),
    "statistics-page": f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=20&limit=3",
    "statistics-page-2": (
        f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=20&limit=3&offset=2025-03-01T12:00:40Z"
    ),
    "statistics-no-period": f"{STATISTICS}?{P}&{ONE}&{LATER}&{ALL}&period=0",
    "statistics-twice": f"{STATISTICS}?{P}&{ONE}&{START}&statistics=max,max,min,max",
    "statistics-date": f"{STATISTICS}?{P}&{ONE}&start_time=2025-03-01&{ALL}",
    "names": NAMES,
    "names-dimensions": f"{NAMES}?dimensions=process:p0",
    "names-key": f"{NAMES}?dimensions=namespace",
    "names-none": f"{NAMES}?dimensions=rack:1",
    "names-page": f"{NAMES}?limit=2",
    "names-page-2": f"{NAMES}?limit=2&offset=ceilobatch.plugin.calls",
    "names-page-between": f"{NAMES}?limit=2&offset=ceilobatch.pm",
    "names-page-past": f"{NAMES}?offset=zzz",
    "dimension-names": DIMENSIONS,
    "dimension-names-metric": f"{DIMENSIONS}?metric_name={PROCESS}",
    "dimension-names-unknown": f"{DIMENSIONS}?metric_name=nothing.such",
    "dimension-names-page": f"{DIMENSIONS}?limit=2&offset=namespace",
    "dimension-names-time": f"{DIMENSIONS}?metric_name={PROCESS}&{START}&{END}",
    "dimension-values": f"{VALUES}?dimension_name=hostname",
    "dimension-values-metric": f"{VALUES}?dimension_name=service&metric_name={INSTANCE}",
    "dimension-values-unknown": f"{VALUES}?dimension_name=rack",
    "dimension-values-page": f"{VALUES}?dimension_name=process&limit=1",
    "dimension-values-page-2": f"{VALUES}?dimension_name=process&limit=1&offset=p0",
    "dimension-values-time": f"{VALUES}?dimension_name=process&{START}",
    "error-no-name": f"{MEASUREMENTS}?{START}",
    "error-no-name-statistics": f"{STATISTICS}?{START}&{ALL}",
    "error-no-start": f"{MEASUREMENTS}?{P}",
    "error-bad-start": f"{MEASUREMENTS}?{P}&start_time=yesterday",
    "error-bad-end": f"{MEASUREMENTS}?{P}&{START}&end_time=2025-13-01T00:00:00Z",
    "error-end-first": f"{MEASUREMENTS}?{P}&{LATER}&end_time=2025-03-01T12:00:00Z",
    "error-several": f"{MEASUREMENTS}?{P}&{START}",
    "error-several-statistics": f"{STATISTICS}?{P}&{START}&{ALL}",
    "error-no-statistics": f"{STATISTICS}?{P}&{ONE}&{START}",
    "error-bad-statistic": f"{STATISTICS}?{P}&{ONE}&{START}&statistics=avg,median",
    "error-bad-period": f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=minute",
    "error-negative-period": f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=-60",
    "error-bad-limit": f"{METRICS}?limit=many",
    "error-empty-limit": f"{METRICS}?limit",
    "error-repeated-name": f"{METRICS}?name=one&name=other",
    "error-empty-key": f"{METRICS}?dimensions=:value",
    "error-bad-name": f"{METRICS}?name=a(b)",
    "error-long-name": f"{METRICS}?name={'n' * 256}",
    "error-bad-key": f"{METRICS}?dimensions=_tenant_id:other",
    "error-bad-key-characters": f"{METRICS}?dimensions=a=b:c",
    "error-bad-value": f"{METRICS}?dimensions=hostname:a;b",
    "error-empty-alternative": f"{METRICS}?dimensions=hostname:web-1|",
    "error-long-value": f"{METRICS}?dimensions=hostname:{'v' * 256}",
    "error-no-dimension-name": VALUES,
}
