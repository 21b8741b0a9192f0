# SPDX-License-Identifier: Apache-2.0
"""Looks into usage storages, and does to them what persons do."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ceilobatch.plugins.processing import UsageStorage
from ceilobatch.plugins.usage_storage import sql_query
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.plugins.usage_storage.sql_query import Wanted
from ceilobatch.usage import Order

from .usage_setup import at

Make = Callable[[], UsageStorage]
ROW = tuple[datetime.datetime, str, str, Any]


class Looking(ABC):
    """Reads what a storage has no promise for, and does what persons do."""

    @abstractmethod
    def rows(self, scope: str = "s1") -> list[ROW]:
        """Begin, metric, resource and quantity of every usage, sorted."""

    @abstractmethod
    def corrections(self) -> list[tuple[Any, ...]]:
        """Scope, begin, metric, old and new quantity, sorted."""

    @abstractmethod
    def order(self, begin: int, end: int, scope: str = "s1") -> Order:
        """Have hours processed again."""

    @abstractmethod
    def withdraw(self, order: Order) -> None:
        """Not any more."""

    @abstractmethod
    def pause(self, scope: str, paused: bool) -> None:
        """Pause or resume a scope."""


class SqlLooking(Looking):
    def __init__(self, storage: SqlUsage) -> None:
        self.storage = storage

    def all(self, wanted: Wanted | None = None, limit: int | None = None) -> list[tuple[Any, ...]]:
        """As the query gives them."""
        return list(sql_query.usages(self.storage.read, wanted or Wanted(), limit))

    def rows(self, scope: str = "s1") -> list[ROW]:
        return sorted(
            (row[1], row[3], row[6].get("id"), row[5]) for row in self.all(Wanted(scopes=[scope]))
        )

    def sums(self, keys: list[str], wanted: Wanted | None = None) -> list[tuple[Any, ...]]:
        found = self.storage.read(
            lambda connection: sql_query.sums(connection, wanted or Wanted(), keys)
        )
        return [(*values, unit, total, count) for values, unit, total, count in found]

    def corrections(self) -> list[tuple[Any, ...]]:
        found = self.storage.read(
            lambda connection: sql_query.corrections(connection, Wanted(), None)
        )
        return sorted(
            [(row[0], row[1], row[2], row[4], row[5]) for row in found],
            key=lambda one: (one[:3], one[3] or 0),
        )

    def order(self, begin: int, end: int, scope: str = "s1") -> Order:
        return self.storage.order(scope, at(begin), at(end), "me@here").order

    def withdraw(self, order: Order) -> None:
        assert self.storage.withdraw(order.id)

    def pause(self, scope: str, paused: bool) -> None:
        assert self.storage.pause([scope], paused=paused) == 1
