# SPDX-License-Identifier: Apache-2.0
"""Progress: for which scopes Gnocchi has aggregated all, and when their data begins."""

import datetime
from collections.abc import Collection, Sequence

from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.gnocchi_question import Question
from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.gnocchi.shared import Shared

# With these the name of a metric is a pattern.
_WILD = frozenset("*?[")


class Progress:
    """Asks Gnocchi of its own state, from many threads.

    :param resource_types: those that tell when the data of scopes begins.
    """

    def __init__(
        self, connection: Connection, scope_key: str, resource_types: Sequence[str]
    ) -> None:
        self._connection = connection
        self._scope_key = scope_key
        self._resource_types = resource_types
        self._waiting = Shared(self._ask_waiting)

    def caught_up(self, metrics: Sequence[Metric], scopes: Sequence[str]) -> Collection[str]:
        """The scopes whose metrics have no measures that wait for their aggregation."""
        waiting = self._waiting.get()
        if not waiting:
            return scopes
        behind: set[str] = set()
        for resource_type, names in self._names(metrics).items():
            behind |= self._behind(resource_type, names, scopes, waiting)
        return [scope for scope in scopes if scope not in behind]

    def first(self, scopes: Sequence[str]) -> dict[str, datetime.datetime]:
        """When the first resource of each scope has started; those without any are left out."""
        found: dict[str, datetime.datetime] = {}
        for resource_type in self._resource_types:
            for scope, start in self._starts(resource_type, scopes).items():
                found[scope] = min(start, found.get(scope, start))
        return found

    def _ask_waiting(self) -> Collection[str]:
        """The ids of metrics with measures that wait."""
        status = self._connection.get("status", details="true")
        return frozenset(status["storage"]["measures_to_process"])

    def _names(self, metrics: Sequence[Metric]) -> dict[str, set[str] | None]:
        """The metrics by resource type; None where a query of an operator's may name any."""
        names: dict[str, set[str] | None] = {}
        for metric in metrics:
            resource_type = Question(metric, self._scope_key).resource_type
            known = names.setdefault(resource_type, set())
            if metric.extra_args["custom_query"] or _WILD & set(metric.name):
                names[resource_type] = None
            elif known is not None:
                known.add(metric.name)
        return names

    def _behind(
        self,
        resource_type: str,
        names: set[str] | None,
        scopes: Sequence[str],
        waiting: Collection[str],
    ) -> set[str]:
        query = {"in": {self._scope_key: list(scopes)}}
        pages = self._connection.search(resource_type, query, [self._scope_key, "metrics"])
        return {
            str(resource[self._scope_key])
            for page in pages
            for resource in page
            for name, metric_id in resource["metrics"].items()
            if metric_id in waiting and (names is None or name in names)
        }

    def _starts(self, resource_type: str, scopes: Sequence[str]) -> dict[str, datetime.datetime]:
        """Page by page; a page leaves out the scopes whose first resource is known already."""
        found: dict[str, datetime.datetime] = {}
        missing = set(scopes)
        while missing:
            query = {"in": {self._scope_key: sorted(missing)}}
            pages = self._connection.search(
                resource_type, query, [self._scope_key, "started_at"], sort="started_at:asc"
            )
            page = next(pages, ())
            for resource in page:
                start = datetime.datetime.fromisoformat(resource["started_at"])
                found.setdefault(str(resource[self._scope_key]), start)
            if not missing.intersection(found):
                break
            missing.difference_update(found)
        return found
