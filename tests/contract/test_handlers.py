# SPDX-License-Identifier: Apache-2.0
"""The contract of handlers on those of this package."""

import datetime

import pytest

from ceilobatch import config
from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins.handlers.letters import LettersHandler
from ceilobatch.plugins.handlers.notification import (
    EventsHandler,
    MetersHandler,
    NotificationHandler,
)
from ceilobatch.plugins.recovery.bus_envelope import wrap
from ceilobatch.testing.configured import configured
from ceilobatch.testing.handler import HandlerSuite
from ceilobatch.testing.handler_scene import Make, MakeBody

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)


class TestNotificationHandler(HandlerSuite):
    @pytest.fixture
    def make_handler(self) -> Make:
        conf = configured(NotificationHandler)
        return lambda parts: NotificationHandler(conf, parts)


class TestEventsHandler(HandlerSuite):
    @pytest.fixture
    def make_handler(self) -> Make:
        conf = configured(EventsHandler)
        return lambda parts: EventsHandler(conf, parts)


class TestMetersHandler(HandlerSuite):
    @pytest.fixture
    def make_handler(self) -> Make:
        conf = configured(MetersHandler)
        return lambda parts: MetersHandler(conf, parts)


class TestLettersHandler(HandlerSuite):
    @pytest.fixture
    def make_handler(self) -> Make:
        durable = "rabbit://u:p@host:1/?amqp_durable_queues=true"
        conf = config.load(
            [], [], {("notification", "urls"): [durable], ("notification", "pool"): ""}
        )
        return lambda parts: LettersHandler(conf, parts)

    @pytest.fixture
    def make_body(self) -> MakeBody:
        made: dict[int, bytes] = {}
        return lambda number: made.setdefault(number, wrap(_letter(number))[1])


def _letter(number: int) -> Letter:
    recorded = NOON + datetime.timedelta(seconds=number)
    return Letter(b"letter %d" % number, Stage.DECODE, "Malformed", "no JSON", recorded)
