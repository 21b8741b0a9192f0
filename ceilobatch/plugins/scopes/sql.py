# SPDX-License-Identifier: Apache-2.0
"""The scope source ``sql``: the scopes of which the agent has stored samples in SQL."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch.plugins.collectors.sql_reading import (
    SamplesReader,
    expression,
    is_column,
    samples,
)
from ceilobatch.plugins.processing import ScopeSource
from ceilobatch.plugins.storage.sql import SqlStorage


class SqlScopes(ScopeSource):
    """Names the scopes that are seen in the first SQL database of ``[storage] samples``.

    :raises ConfigurationError: the connection is not configured as it can be used.
    """

    options = SqlStorage.options

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._scope_key = conf.processor.scope_key
        self._reader = SamplesReader(conf)

    def scopes(self) -> Iterable[str]:
        """See the contract."""
        with self._reader.connected() as connection:
            query = distinct(self._scope_key, connection.dialect.name)
            return [scope for scope in connection.execute(query).scalars() if scope]

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()


def distinct(attribute: str, dialect: str) -> sa.Select[Any]:
    """The values of an attribute, found in an index by leaps from one to the next if possible."""
    value = expression(attribute)
    if dialect == "mysql" or not is_column(attribute):
        # MariaDB leaps by itself, and gives up a recursion after a number of rounds.
        source = samples(metadata=not is_column(attribute))
        return sa.select(value).select_from(source).distinct()
    least = sa.select(sa.func.min(value).label("scope"))
    leaps = least.cte("leaps", recursive=True)
    following = least.where(value > leaps.c.scope).scalar_subquery()
    leaps = leaps.union_all(sa.select(following).where(leaps.c.scope.is_not(None)))
    return sa.select(leaps.c.scope).where(leaps.c.scope.is_not(None))
