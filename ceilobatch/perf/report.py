# SPDX-License-Identifier: Apache-2.0
"""Report: the figures of a benchmark as plain data, for every form in which they are shown."""

import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ceilobatch.perf.duration import Duration
from ceilobatch.perf.sample import Counts, Worker, total
from ceilobatch.perf.tally import Moment
from ceilobatch.perf.watch import Watched

SHARES = (0.5, 0.9, 0.95, 0.99)


class Timing(NamedTuple):
    """The time of requests, in seconds; None where it is not told.

    :ivar percentiles: by number, such as ``50``.
    :ivar percentiles_from: ``buckets`` that the source counts in, as good as these are narrow;
        or ``quantiles`` that it told from time to time.
    """

    average: float | None
    minimum: float | None
    maximum: float | None
    percentiles: dict[str, float]
    percentiles_from: str


class Row(NamedTuple):
    """The figures of all workers, of an instance or of a process.

    :ivar instance: empty in the row for all; likewise ``process``.
    """

    instance: str
    process: str
    counts: Counts
    received_per_second: float
    completed_per_second: float
    time: Timing | None


class Step(NamedTuple):
    """Between two samples.

    :ivar at: seconds since the first sample, of the later one.
    :ivar accounted: requests so far.
    :ivar average_time: in seconds, of the requests of this step.
    """

    at: float
    received_per_second: float
    completed_per_second: float
    accounted: int
    average_time: float | None


class Report(NamedTuple):
    """A benchmark.

    :ivar seconds: in which the work was done: from the sample before the first change to the
        last change. All rates but those of the steps are of this time.
    :ivar missed: samples that could not be had, the last one for ``reason``.
    """

    source: str
    begun: datetime.datetime
    ending: str
    seconds: float
    samples: int
    missed: int
    reason: str
    restarts: int
    whole: Row
    instances: list[Row]
    processes: list[Row]
    steps: list[Step]


def report(source: str, begun: datetime.datetime, watched: Watched) -> Report:
    """What the samples come to."""
    tally = watched.tally
    first, last = (tally.moments[index].taken for index in tally.busy)
    seconds = last - first
    workers = sorted(tally.counts.keys() | tally.durations.keys())

    def row(instance: str, process: str, members: Iterable[Worker]) -> Row:
        chosen = list(members)
        counts = total(tally.counts[one] for one in chosen if one in tally.counts)
        times = [tally.durations[one] for one in chosen if one in tally.durations]
        return Row(
            instance,
            process,
            counts,
            _rate(counts.received, seconds),
            _rate(counts.completed, seconds),
            _timing(times),
        )

    return Report(
        source=source,
        begun=begun,
        ending=watched.ending.value,
        seconds=round(seconds, 3),
        samples=len(tally.moments),
        missed=watched.missed,
        reason=watched.reason,
        restarts=tally.restarts,
        whole=row("", "", workers),
        instances=list(_instances(workers, row)),
        processes=[row(*worker, [worker]) for worker in workers if worker.process],
        steps=list(_steps(tally.moments)),
    )


def as_data(told: Report) -> dict[str, Any]:
    """The same for JSON: objects by name, times as ISO 8601."""
    data = {name: _plain(value) for name, value in told._asdict().items()}
    return {**data, "begun": told.begun.isoformat()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    return value


def _instances(
    workers: list[Worker], row: Callable[[str, str, Iterable[Worker]], Row]
) -> Iterator[Row]:
    for name in dict.fromkeys(worker.instance for worker in workers):
        yield row(name, "", [worker for worker in workers if worker.instance == name])


def _timing(durations: Iterable[Duration]) -> Timing | None:
    whole = Duration()
    for one in durations:
        whole = whole.plus(one)
    if not whole.count:
        return None
    percentiles = {
        f"{share * 100:g}": round(value, 6) for share, value in whole.percentiles(SHARES).items()
    }
    return Timing(
        _rounded(whole.average),
        _rounded(whole.minimum),
        _rounded(whole.maximum),
        percentiles,
        "buckets" if whole.buckets else "quantiles",
    )


def _steps(moments: list[Moment]) -> Iterator[Step]:
    for before, now in itertools.pairwise(moments):
        seconds = now.taken - before.taken
        added = now.counts.minus(before.counts)
        timed = now.timed - before.timed
        yield Step(
            round(now.taken - moments[0].taken, 3),
            _rate(added.received, seconds),
            _rate(added.completed, seconds),
            now.counts.accounted,
            _rounded((now.spent - before.spent) / timed) if timed else None,
        )


def _rate(number: int, seconds: float) -> float:
    return round(number / seconds, 2) if seconds > 0 else 0.0


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
