# SPDX-License-Identifier: Apache-2.0
"""HandlerSuite: every promise of the handler contract as a test that any handler can run.

A package with a handler of its own derives from the suite in a test module and overrides one
fixture::

    class TestMyHandler(HandlerSuite):
        @pytest.fixture
        def make_handler(self):
            conf = configured(MyHandler, handler_mine={"colour": "blue"})
            return lambda parts: MyHandler(conf, parts)

The suite gives the parts: definitions, storages and recovery in memory, which fail as it wants.
"""

from collections.abc import Iterator

import pytest

from ceilobatch.testing.handler_conservation import HandlerConservationPromises
from ceilobatch.testing.handler_deciding import DecidingPromises
from ceilobatch.testing.handler_order import OrderPromises
from ceilobatch.testing.handler_scene import Desk, Make, MakeBody, notification


class HandlerSuite(DecidingPromises, OrderPromises, HandlerConservationPromises):
    """What :class:`~ceilobatch.plugins.base.Handler` promises."""

    @pytest.fixture
    def make_handler(self) -> Make:
        """Override this: a function that gives a new handler with the parts it is given."""
        raise NotImplementedError("a subclass of HandlerSuite has a fixture make_handler")

    @pytest.fixture
    def make_body(self) -> MakeBody:
        """Override this where the handler wants special messages: gives that of a number.

        Each is one that the handler can use, and different from that of every other number.
        """
        return notification

    @pytest.fixture
    def desk(self, make_handler: Make, make_body: MakeBody) -> Iterator[Desk]:
        """What the tests work with."""
        desk = Desk(make_handler, make_body)
        yield desk
        for handler in desk.handlers:
            handler.close()
