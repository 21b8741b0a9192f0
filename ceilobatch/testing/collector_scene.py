# SPDX-License-Identifier: Apache-2.0
"""Readings for the collector suite, and a gauge with which collectors are made and asked."""

import contextlib
import dataclasses
import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector, Retrieved
from ceilobatch.testing.collector_checks import Question, check_retrieved
from ceilobatch.testing.reading import Reading

PERIOD = datetime.timedelta(hours=1)
INSTANT = datetime.timedelta(microseconds=1)
# On the border of a period, long enough ago that everything of it has arrived.
BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
THREADS = 8
# Where a collector declares that it takes any number.
MANY_PERIODS = 48
MANY_SCOPES = 25
METRIC = Metric(
    name="memory",
    unit="MB",
    alt_name="memory",
    groupby=("resource_id",),
)


Make = Callable[[Sequence[Reading], int], Collector]
# What an answer comes down to: the value of each scope, begin and resource.
Values = dict[tuple[str, datetime.datetime, str], float]


@dataclass
class Gauge:
    """Everything a collector test works with; :class:`CollectorSuite` puts it together.

    :ivar make: gives a collector over a backend with these readings and no others.
    :ivar resolution: how finely the backend tells times apart.
    """

    make: Make
    metric: Metric = METRIC
    resolution: datetime.timedelta = INSTANT

    @contextlib.contextmanager
    def over(self, readings: Sequence[Reading]) -> Iterator["Asked"]:
        """A collector over these readings, which is closed afterwards."""
        collector = self.make(readings, THREADS)
        try:
            yield Asked(collector, self.metric)
        finally:
            collector.close()


class Asked:
    """A collector that is asked, and whose answers are looked at before they are used."""

    def __init__(self, collector: Collector, metric: Metric) -> None:
        self.collector = collector
        arguments, mistakes = type(collector).check_arguments(metric.extra_args)
        assert not mistakes, (
            f"check_arguments() refuses {dict(metric.extra_args)}: {mistakes}. The fixture metric "
            "gives the extra_args that your collector wants."
        )
        more = type(collector).grouped_by(arguments)
        groupby = tuple(dict.fromkeys([*metric.groupby, *more]))
        self.metric = dataclasses.replace(metric, extra_args=arguments, groupby=groupby)

    @property
    def periods(self) -> int:
        """How many periods the suite asks for at once: as many as declared, within reason."""
        return min(self.collector.characteristics.periods or MANY_PERIODS, MANY_PERIODS)

    @property
    def scopes(self) -> int:
        """How many scopes the suite asks for at once."""
        return min(self.collector.characteristics.scopes or MANY_SCOPES, MANY_SCOPES)

    def question(
        self, scopes: Sequence[str], begin: datetime.datetime = BEGIN, periods: int = 1
    ) -> Question:
        """What is asked for some scopes and periods."""
        return Question(self.metric, scopes, begin, begin + periods * PERIOD, PERIOD)

    def retrieve(
        self, scopes: Sequence[str], begin: datetime.datetime = BEGIN, periods: int = 1
    ) -> Values:
        """The values of some scopes and periods."""
        question = self.question(scopes, begin, periods)
        try:
            answer = question.ask(self.collector)
        except errors.CeilobatchError as error:
            raise AssertionError(
                f"retrieve() raised {type(error).__name__} ({error}) though the backend is there "
                "and has the metric. Unavailable stops the scope until it is asked again, Rejected "
                "leaves the metric out; a scope or period with nothing in it is no failure: it is "
                "missing from the answer."
            ) from error
        except Exception as error:
            raise AssertionError(
                f"retrieve() raised {type(error).__name__}: {error}. It may raise Unavailable "
                "(ask again) and Rejected (this metric can never be read)."
            ) from error
        check_retrieved(answer, question)
        return values(answer, self.metric.groupby[0])


def values(answer: Retrieved, attribute: str) -> Values:
    """The value of each resource, as a number that compares with any other."""
    return {
        (scope, begin, point.groupby[attribute]): float(point.value)
        for (scope, begin), points in answer.items()
        for point in points
    }


def expected(readings: Sequence[Reading]) -> Values:
    """What is due where no two readings are of one scope, period and resource."""
    return {
        (one.scope, one.moment - (one.moment - BEGIN) % PERIOD, one.resource_id): float(one.value)
        for one in readings
    }
