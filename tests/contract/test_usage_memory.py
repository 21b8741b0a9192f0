# SPDX-License-Identifier: Apache-2.0
"""The contract of the usage storage on MemoryUsage, which tests of the processor lean on."""

from typing import Any

import pytest

from ceilobatch.testing.processing import MemoryUsage
from ceilobatch.usage import Order
from tests.functional.usage_looking import ROW, Looking, Make
from tests.functional.usage_promises import UsagePromises
from tests.functional.usage_setup import at


class _Looking(Looking):
    def __init__(self, memory: MemoryUsage) -> None:
        self.memory = memory

    def rows(self, scope: str = "s1") -> list[ROW]:
        return sorted(
            (begin, one.metric, one.groupby["id"], one.quantity)
            for (owner, begin), usages in self.memory.rows.items()
            for one in usages
            if owner == scope
        )

    def corrections(self) -> list[tuple[Any, ...]]:
        return sorted(self.memory.corrections, key=lambda one: (one[:3], one[3] or 0))

    def order(self, begin: int, end: int, scope: str = "s1") -> Order:
        order = Order(len(self.memory.ordered) + 1, scope, at(begin), at(end), at(begin))
        self.memory.ordered.append(order)
        return order

    def withdraw(self, order: Order) -> None:
        self.memory.ordered.remove(order)

    def pause(self, scope: str, paused: bool) -> None:
        self.memory.known[scope] = self.memory.known[scope]._replace(paused=paused)


class TestMemoryUsage(UsagePromises):
    @pytest.fixture
    def look(self) -> Looking:
        return _Looking(MemoryUsage())

    @pytest.fixture
    def make(self, look: _Looking) -> Make:
        return lambda: look.memory
