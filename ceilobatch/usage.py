# SPDX-License-Identifier: Apache-2.0
"""The records of the processor: Point, Usage, PeriodBatch, ScopeState and Order."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ceilobatch.metric import Metric


class Point(NamedTuple):
    """What a collector found of one metric, scope and period for one group of attributes.

    A collector whose backend keeps finer buckets than the period has folded all of them into one
    value, by the aggregation method of the metric. No two points of one metric, scope and period
    have the same ``groupby``.

    :ivar groupby: a value for each attribute of ``Metric.groupby``; empty text where the backend
        knows none.
    :ivar metadata: the same for ``Metric.metadata``, as last seen in the period.
    """

    value: Decimal | float | int
    groupby: Mapping[str, str]
    metadata: Mapping[str, str]


class Usage(NamedTuple):
    """A quantity that a scope has used in a period; identified by metric and groupby.

    :ivar metric: the ``alt_name`` of the metric.
    """

    metric: str
    unit: str
    quantity: Decimal
    groupby: Mapping[str, str]
    metadata: Mapping[str, str]


@dataclass
class PeriodBatch:
    """All that was retrieved for one scope and period; handlers add to it in turn.

    :ivar begin: of the period, aware, UTC; it ends before ``end``.
    :ivar points: of every metric that could be read, by ``Metric.key``; an empty sequence
        where there was truly nothing.
    :ivar rejected: why a metric can never be read, by its key.
    :ivar usages: what will be stored; the ``usage`` handler fills it, later ones may change it.
    """

    scope: str
    begin: datetime.datetime
    end: datetime.datetime
    metrics: Sequence[Metric]
    points: Mapping[str, Sequence[Point]]
    rejected: Mapping[str, str] = field(default_factory=dict)
    usages: list[Usage] = field(default_factory=list)


class ScopeState(NamedTuple):
    """How far a scope has come.

    :ivar last_processed: the end of the last period that is stored: the begin of the next.
    :ivar revisited: the end of the last period that needs no second look any more; at most
        ``last_processed``.
    :ivar active: whether the source of scopes named it the last time.
    :ivar paused: by a person; nothing is retrieved for it.
    :ivar worker: who stored for it last.
    :ivar claimed_by: the worker that has reserved it, until ``claimed_until``.
    :ivar error: why it cannot go on, or which metric is left out; empty where all is well.
    """

    scope: str
    last_processed: datetime.datetime
    revisited: datetime.datetime
    active: bool = True
    paused: bool = False
    worker: str = ""
    claimed_by: str = ""
    claimed_until: datetime.datetime | None = None
    error: str = ""
    error_at: datetime.datetime | None = None


class Order(NamedTuple):
    """A past span of a scope that somebody wants processed again.

    :ivar done: up to when it is.
    """

    id: int
    scope: str
    begin: datetime.datetime
    end: datetime.datetime
    done: datetime.datetime
