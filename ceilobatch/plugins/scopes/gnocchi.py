# SPDX-License-Identifier: Apache-2.0
"""The source of scopes ``gnocchi``: whoever has resources there."""

import datetime
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg

from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.gnocchi.options import GROUP, OPTIONS
from ceilobatch.plugins.processing import ScopeSource


class GnocchiScopes(ScopeSource):
    """The scopes of the resources in Gnocchi, without those that have ended long ago.

    :raises ConfigurationError: ``[collector_gnocchi]`` cannot be used.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._key: str = conf.processor.scope_key
        self._types = conf[GROUP].scope_resource_types
        self._kept = datetime.timedelta(days=conf[GROUP].scope_days)
        self._connection = Connection(conf, GROUP, 1, conf.processor.request_timeout)

    def scopes(self) -> set[str]:
        """The ids of all scopes with a resource that has not ended, or not long ago."""
        return {scope for name in self._types for scope in self._of_type(name)}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _of_type(self, resource_type: str) -> Iterator[str]:
        """Page by page, in the order of scopes.

        A page begins behind the last scope of the one before: the other resources of that are
        not read.
        """
        alive = self._alive()
        last: str | None = None
        while True:
            behind = {"!=" if last is None else ">": {self._key: last}}
            query = {"and": [behind, *alive]}
            pages = self._connection.search(
                resource_type, query, [self._key], sort=f"{self._key}:asc"
            )
            page = next(pages, ())
            if not page:
                return
            yield from (str(resource[self._key]) for resource in page)
            last = page[-1][self._key]

    def _alive(self) -> list[dict[str, Any]]:
        gone = (datetime.datetime.now(datetime.UTC) - self._kept).isoformat()
        return [{"or": [{"=": {"ended_at": None}}, {">=": {"ended_at": gone}}]}]
