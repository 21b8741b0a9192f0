# SPDX-License-Identifier: Apache-2.0
"""What Gnocchi is asked for one metric, many scopes and many periods."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.buckets import Grid

# Measures may come after the end of a resource; those that ended longer before the begin of what
# is asked for are not read, or the cost would grow with all that ever was.
AFTER_THE_END = datetime.timedelta(days=1)
# Attributes that name one resource: with one of them in the groupby a group has one resource.
IDENTITIES = frozenset({"id", "original_resource_id"})
# Attributes that are the same in all revisions of a resource.
_CONSTANT = IDENTITIES | {"type", "creator", "started_at"}


class Question:
    """How one metric is asked for.

    :ivar metric: with its arguments checked.
    :ivar scope_key: the attribute that names the scope of a resource.
    :ivar revisions: ask for what resources were in each bucket, not for what they are now.
    :ivar told: metadata come with the points; else they have to be searched.
    """

    def __init__(self, metric: Metric, scope_key: str) -> None:
        arguments = metric.extra_args
        self.metric = metric
        self.scope_key = scope_key
        changing = set(metric.groupby) - _CONSTANT - {scope_key}
        self.revisions = bool(arguments["use_all_resource_revisions"] and changing)
        self.told = not self.revisions and bool(IDENTITIES & set(metric.groupby))

    @property
    def resource_type(self) -> str:
        """Of the resources that have the metric."""
        return str(self.metric.extra_args["resource_type"])

    @property
    def groupby(self) -> list[str]:
        """The attributes that come with each series of points."""
        names = [self.scope_key, *self.metric.groupby]
        if self.told:
            names += self.metric.metadata
        if self.revisions:
            # With several resources in a group of revisions Gnocchi loses all but one of them.
            names.append("id")
        return sorted(set(names))

    def operations(self) -> Any:
        """What is to be computed."""
        arguments, name = self.metric.extra_args, self.metric.name
        again, archived = arguments["re_aggregation_method"], arguments["aggregation_method"]
        if not arguments["custom_query"]:
            return ["aggregate", again, ["metric", name, archived]]
        query = str(arguments["custom_query"])
        for word, value in (
            ("RE_AGGREGATION_METHOD", again),
            ("AGGREGATION_METHOD", archived),
            ("METRIC_NAME", name),
        ):
            query = query.replace(word, value)
        return query

    def body(self, search: Mapping[str, Any]) -> dict[str, Any]:
        """The body of the request."""
        return {
            "operations": self.operations(),
            "resource_type": self.resource_type,
            "search": search,
        }

    def parameters(self, grid: Grid) -> dict[str, Any]:
        """The parameters of the request."""
        granularity = self.metric.extra_args["force_granularity"]
        begin = grid.begin
        if self._has_rates():
            # The rate of the first bucket needs the one before it.
            begin -= datetime.timedelta(seconds=granularity) or grid.period
        return {
            "start": begin.isoformat(),
            "stop": grid.end.isoformat(),
            "granularity": granularity or None,
            "groupby": self.groupby,
        }

    def search(self, scopes: Sequence[str], grid: Grid) -> dict[str, Any]:
        """Which resources: those of the scopes that were not long gone."""
        gone = (grid.begin - AFTER_THE_END).isoformat()
        return {
            "and": [
                {"in": {self.scope_key: list(scopes)}},
                {"or": [{"=": {"ended_at": None}}, {">=": {"ended_at": gone}}]},
            ]
        }

    def _has_rates(self) -> bool:
        arguments = self.metric.extra_args
        query = arguments["custom_query"] or arguments["re_aggregation_method"]
        return "rate:" in query or "rateofchange" in query or "RE_AGGREGATION" in query
