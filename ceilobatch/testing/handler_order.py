# SPDX-License-Identifier: Apache-2.0
"""What a handler promises while one of its drivers is away."""

from collections.abc import Iterator

from ceilobatch import errors
from ceilobatch.model import Event, Sample
from ceilobatch.testing.handler_scene import NO_JSON, Desk
from ceilobatch.testing.memory import MemoryRecovery, MemoryStorage


class OrderPromises:
    """The whole batch is given back, and a second pass doubles nothing."""

    def test_driver_that_is_away_gives_the_whole_batch_back(self, desk: Desk) -> None:
        """Unavailable comes out of ``handle``, whichever driver raised it."""
        for name, driver in _used(desk):
            driver.down = True
            try:
                desk.handle(*desk.bodies(3), NO_JSON)
            except errors.Unavailable as error:
                text = str(error)
            else:
                raise AssertionError(
                    f"handle() returned outcomes while {name} is away: they are acknowledged, and "
                    "what should be there is lost. Let Unavailable out: the whole batch is given "
                    "back, and the gate closes."
                )
            driver.down = False
            assert text, f"handle() raised Unavailable without the sentence that {name} gave."

    def test_batch_is_handled_when_the_driver_is_back(self, desk: Desk) -> None:
        """The same handler, the same messages."""
        for _, driver in _used(desk):
            desk.source.publish(*desk.bodies(3), NO_JSON)
            driver.down = True
            desk.round()
            driver.down = False
            desk.run()
        assert desk.given_back == len(list(_used(desk))), (
            "a batch was not given back while a driver was away."
        )

    def test_nothing_is_metered_before_events_are_durable(self, desk: Desk) -> None:
        """Samples have no identity of their own; a batch that comes back must not meter twice."""
        if not {Event, Sample} <= desk.stores:
            return
        desk.events.down = True
        desk.source.publish(*desk.bodies(3))
        desk.round()
        assert not desk.samples.calls, (
            "samples were stored while the storage of events is away: meters come after the "
            "events are durable, so that a batch that is given back has metered nothing."
        )

    def test_storages_are_asked_for_whole_batches(self, desk: Desk) -> None:
        """A call for each message makes a batch pointless."""
        desk.handle(*desk.bodies(50))
        for name, storage in (("events", desk.events), ("samples", desk.samples)):
            assert len(storage.calls) <= 5, (
                f"{len(storage.calls)} calls of store() for {name} of a batch of 50 messages: "
                "store the items of a batch together."
            )


def _used(desk: Desk) -> Iterator[tuple[str, MemoryStorage | MemoryRecovery]]:
    """The drivers that the handler needs for good messages and a bad one."""
    stores = desk.stores
    if Event in stores:
        yield "the storage of events", desk.events
    if Sample in stores:
        yield "the storage of samples", desk.samples
    yield "recovery", desk.recovery
