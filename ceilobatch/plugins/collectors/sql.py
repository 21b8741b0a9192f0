# SPDX-License-Identifier: Apache-2.0
"""The collector ``sql``: metrics made of the samples that the agent has stored in SQL."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors import sql_arguments
from ceilobatch.plugins.collectors.buckets import Grid
from ceilobatch.plugins.collectors.sql_groups import Found, Groups
from ceilobatch.plugins.collectors.sql_reading import (
    SamplesReader,
    expression,
    is_column,
    samples,
)
from ceilobatch.plugins.processing import Collector, CollectorCharacteristics, Retrieved
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_schema import SAMPLE, SAMPLE_METADATA

_COLUMNS = [
    SAMPLE.c[name]
    for name in (
        *("timestamp", "message_id", "position", "volume"),
        *("project_id", "user_id", "resource_id"),
    )
]
# What comes from the database at once, so that documents that nobody needs do not fill the memory.
ROWS_AT_ONCE = 2000


class SqlCollector(Collector):
    """Reads the samples store: the first SQL database of ``[storage] samples``.

    A metric is a meter. One query asks for one metric of many scopes and periods; a period has
    what has samples in it, and nothing else.

    :raises ConfigurationError: the connection is not configured as it can be used.
    """

    options = SqlStorage.options
    # Databases take only so many parameters, and everything of an answer is in memory at once.
    characteristics = CollectorCharacteristics(periods=24, scopes=500)

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        super().__init__(conf, threads)
        self._scope_key = conf.processor.scope_key
        self._reader = SamplesReader(conf)

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """See the contract."""
        return sql_arguments.checked(arguments)

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """See the contract."""
        groups = Groups(metric, Grid(begin, end, period))
        query = self.query(metric, scopes, begin, end)
        with self._reader.connected() as connection:
            for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
                groups.add(Found(*row))
        return groups.points()

    def query(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
    ) -> sa.Select[Any]:
        """What reads the samples of a metric; its columns are those of :class:`Found`."""
        scope = expression(self._scope_key)
        wanted = not all(map(is_column, (*metric.groupby, *metric.metadata)))
        # As text, because most of the documents are not looked into.
        document = [sa.cast(SAMPLE_METADATA.c.metadata, sa.Text)] if wanted else []
        return (
            sa.select(scope.label("scope"), *_COLUMNS, *document)
            .select_from(samples(metadata=wanted or not is_column(self._scope_key)))
            .where(
                SAMPLE.c.name == metric.name,
                SAMPLE.c.timestamp >= begin,
                SAMPLE.c.timestamp < end,
                scope.in_(list(scopes)),
            )
        )

    def first(self, scopes: Sequence[str]) -> dict[str, datetime.datetime]:
        """The time of each scope's first sample, of whatever meter."""
        scope = expression(self._scope_key)
        moment = sa.func.min(SAMPLE.c.timestamp)
        query = sa.select(moment).select_from(samples(metadata=not is_column(self._scope_key)))
        found: dict[str, datetime.datetime] = {}
        with self._reader.connected() as connection:
            for name in scopes:
                # One by one, because so the first is found at the beginning of an index.
                begin = connection.execute(query.where(scope == name)).scalar()
                if begin is not None:
                    found[name] = begin
        return found

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
