# SPDX-License-Identifier: Apache-2.0
"""The handler ``chosen`` keeps every promise of the contract, and chooses."""

import pytest

from ceilobatch.batch import Outcome
from ceilobatch.parts import Parts
from ceilobatch.testing.configured import configured
from ceilobatch.testing.handler import HandlerSuite
from ceilobatch.testing.handler_scene import Desk, Make, notification
from ceilobatch_chosen import ChosenHandler


def choose(*prefixes: str) -> Make:
    """What makes a handler for event types that begin so."""
    conf = configured(ChosenHandler, handler_chosen={"prefixes": [*prefixes]})

    def make(parts: Parts) -> ChosenHandler:
        return ChosenHandler(conf, parts)

    return make


class TestChosenHandler(HandlerSuite):
    """With a prefix that all messages of the suite have."""

    @pytest.fixture
    def make_handler(self) -> Make:
        """A handler of the suite's messages."""
        return choose("volume.", "suite.")


def test_event_of_another_type_is_ignored() -> None:
    desk = Desk(choose("volume."))
    outcomes = desk.handle(notification(1, "volume.create"), notification(2, "image.create"))
    assert outcomes == [Outcome.STORED, Outcome.IGNORED]
    assert list(desk.events.events) == ["message-00001"]


def test_event_that_a_storage_refuses_becomes_a_letter_that_names_it() -> None:
    desk = Desk(choose())
    desk.events.refuses = lambda item: "too heavy" if item.message_id.endswith("2") else ""
    outcomes = desk.handle(*desk.bodies(3))
    assert outcomes == [Outcome.STORED, Outcome.STORED, Outcome.RECOVERED]
    (letter,) = desk.recovery.kept
    assert (letter.driver, letter.reason) == ("events", "too heavy")
