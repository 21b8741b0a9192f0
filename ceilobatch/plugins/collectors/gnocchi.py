# SPDX-License-Identifier: Apache-2.0
"""The collector ``gnocchi``: metrics that Gnocchi has aggregated."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oslo_config import cfg
from oslo_log import log

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.buckets import Grid
from ceilobatch.plugins.collectors.gnocchi_arguments import checked
from ceilobatch.plugins.collectors.gnocchi_progress import Progress
from ceilobatch.plugins.collectors.gnocchi_question import Question
from ceilobatch.plugins.collectors.gnocchi_series import Series, text
from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.gnocchi.options import GROUP, OPTIONS
from ceilobatch.plugins.processing import Collector, CollectorCharacteristics, Retrieved

LOG = log.getLogger(__name__)

# A request for this many hours costs hardly more than one for an hour.
PERIODS = 168


class GnocchiCollector(Collector):
    """Reads metrics of resources from Gnocchi's dynamic aggregates.

    :raises ConfigurationError: ``[collector_gnocchi]`` cannot be used.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        super().__init__(conf, threads)
        self.characteristics = self.declares(conf)
        self._scope_key: str = conf.processor.scope_key
        self._connection = Connection(conf, GROUP, threads, conf.processor.request_timeout)
        self._progress = Progress(
            self._connection, self._scope_key, conf[GROUP].scope_resource_types
        )
        self._told_cost: set[str] = set()

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> CollectorCharacteristics:
        """As many scopes as one request may ask for."""
        return CollectorCharacteristics(periods=PERIODS, scopes=conf[GROUP].scopes_per_request)

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """See the contract, and the documentation for what each means."""
        return checked(arguments)

    @classmethod
    def grouped_by(cls, arguments: Mapping[str, Any]) -> Sequence[str]:
        """Resources are always kept apart by their key."""
        return (arguments["resource_key"],)

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """One request, or few where resources have a history or metadata come apart."""
        try:
            return self._retrieve(metric, scopes, Grid(begin, end, period))
        except errors.Rejected as error:
            raise errors.Rejected(f"{metric.key} (Gnocchi's {metric.name}): {error}") from None

    def caught_up(self, metrics: Sequence[Metric], scopes: Sequence[str]) -> Collection[str]:
        """The scopes whose metrics have no measures that wait for their aggregation."""
        return self._progress.caught_up(metrics, scopes)

    def first(self, scopes: Sequence[str]) -> Mapping[str, datetime.datetime]:
        """When the first resource of each scope has started."""
        return self._progress.first(scopes)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _retrieve(self, metric: Metric, scopes: Sequence[str], grid: Grid) -> Retrieved:
        _check_granularity(metric, grid)
        question = Question(metric, self._scope_key)
        search = question.search(scopes, grid)
        series = Series(metric, self._scope_key, grid)
        series.add(self._groups(question, grid, search))
        return series.points(None if question.told else self._metadata(question, search))

    def _groups(
        self, question: Question, grid: Grid, search: Mapping[str, Any]
    ) -> list[Mapping[str, Any]]:
        parameters = question.parameters(grid)
        if not question.revisions:
            return self._ask(question, parameters, search)
        self._tell_cost(question.metric)
        known = self._ask(question, {**parameters, "use_history": "true"}, search)
        # Revisions begin when Gnocchi is told of a resource, which is after its first measures
        # were taken: those of resources that came later still are read as they are now.
        later = {"and": [search, {">=": {"revision_start": grid.end.isoformat()}}]}
        seen = {group["group"]["id"] for group in known}
        return known + [
            group
            for group in self._ask(question, parameters, later)
            if group["group"]["id"] not in seen
        ]

    def _ask(
        self, question: Question, parameters: Mapping[str, Any], search: Mapping[str, Any]
    ) -> list[Mapping[str, Any]]:
        answer = self._connection.ask("POST", "aggregates", parameters, question.body(search))
        return [] if answer.nothing else answer.content()

    def _metadata(
        self, question: Question, search: Mapping[str, Any]
    ) -> dict[str, Mapping[str, str]]:
        """What resources are now, by their key."""
        names = question.metric.metadata
        key = question.metric.extra_args["resource_key"]
        if not names:
            return {}
        return {
            text(resource.get(key)): {name: text(resource.get(name)) for name in names}
            for page in self._connection.search(question.resource_type, search, [key, *names])
            for resource in page
        }

    def _tell_cost(self, metric: Metric) -> None:
        if metric.key not in self._told_cost:
            self._told_cost.add(metric.key)
            LOG.warning(
                "%s is read with all revisions of its resources, which costs Gnocchi twice as "
                "much; use_all_resource_revisions: false takes them as they are now",
                metric.key,
            )


def _check_granularity(metric: Metric, grid: Grid) -> None:
    granularity = metric.extra_args["force_granularity"]
    seconds = grid.period.total_seconds()
    if granularity and seconds % granularity:
        raise errors.Rejected(
            f"a period of {seconds:g} s does not consist of force_granularity = {granularity} s"
        )
