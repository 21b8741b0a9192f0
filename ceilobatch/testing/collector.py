# SPDX-License-Identifier: Apache-2.0
"""CollectorSuite: every promise of the collector contract as a test that any collector can run.

A package with a collector of its own derives from the suite in a test module and overrides one
fixture::

    class TestMyCollector(CollectorSuite):
        @pytest.fixture
        def make_collector(self, backend):
            def make(readings, threads):
                backend.fill([(one.scope, one.moment, one.value) for one in readings])
                return MyCollector(configured(MyCollector, collector_mine={"url": backend.url}),
                                   threads)

            return make
"""

import datetime

import pytest

from ceilobatch.metric import Metric
from ceilobatch.testing.away import Away
from ceilobatch.testing.collector_cutting import CuttingPromises
from ceilobatch.testing.collector_outage import CollectorOutagePromises
from ceilobatch.testing.collector_scene import INSTANT, METRIC, Gauge, Make
from ceilobatch.testing.collector_threads import ThreadPromises
from ceilobatch.testing.reading import Reading

__all__ = ["CollectorOutageSuite", "CollectorSuite", "Reading"]


class CollectorSuite(CuttingPromises, ThreadPromises):
    """What :class:`~ceilobatch.plugins.processing.Collector` promises.

    :cvar resolution: how finely the backend tells times apart; the period itself (an hour) where
        it knows whole periods only.
    """

    resolution: datetime.timedelta = INSTANT

    @pytest.fixture
    def make_collector(self) -> Make:
        """Override this: a function that gives a new collector over certain readings.

        It is given the :class:`~ceilobatch.testing.reading.Reading` that the backend has
        of the metric, there are no others, and how many threads will call. No two readings are
        of one scope, period and resource.
        """
        raise NotImplementedError("a subclass of CollectorSuite has a fixture make_collector")

    @pytest.fixture
    def metric(self) -> Metric:
        """Override this where the collector wants ``extra_args``, or another name or groupby.

        The first attribute of groupby tells the ``resource_id`` of a reading.
        """
        return METRIC

    @pytest.fixture
    def gauge(self, make_collector: Make, metric: Metric) -> Gauge:
        """What the tests work with."""
        return Gauge(make_collector, metric, self.resolution)


class CollectorOutageSuite(CollectorOutagePromises, CollectorSuite):
    """All of :class:`CollectorSuite`, and what is promised while the backend is away."""

    @pytest.fixture
    def away(self) -> Away:
        """Override this: a function that gives a context manager, in which the backend is away.

        For every collector, those included that were made before.
        """
        raise NotImplementedError("a subclass of CollectorOutageSuite has a fixture away")
