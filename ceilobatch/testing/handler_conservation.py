# SPDX-License-Identifier: Apache-2.0
"""What a handler promises of the sum: generated = stored + duplicate + recovered + ignored."""

import itertools
import random
from collections import deque

import pytest

from ceilobatch import errors
from ceilobatch.batch import Outcome
from ceilobatch.message import Delivery, decode
from ceilobatch.model import Event, Sample
from ceilobatch.testing.handler_scene import Desk, letters_of
from ceilobatch.testing.killed import Killed
from ceilobatch.testing.tally import Tally

COUNT = 150
RETRYABLE = 0.4
PERMANENT = 0.2
TROUBLES = {
    "always ok": (False, False),
    "retryable failures": (True, False),
    "permanent failures": (False, True),
    "mixed failures": (True, True),
}
DRIVERS = ("events", "samples", "recovery")
MOMENTS = {
    "before the write": "faults",
    "in the middle of the write": "half_faults",
    "after the write, before the acknowledgement": "late_faults",
}
ENDS = {"killed": Killed, "unavailable": errors.Unavailable}


class HandlerConservationPromises:
    """Unique messages are driven through the handler while its drivers fail."""

    @pytest.mark.parametrize(("retryable", "permanent"), TROUBLES.values(), ids=TROUBLES)
    def test_every_message_has_one_outcome_whatever_fails(
        self, desk: Desk, retryable: bool, permanent: bool
    ) -> None:
        """Storages and recovery are Unavailable at random, and storages reject some items."""
        chance = random.Random(f"{retryable} {permanent}")
        bodies = publish(desk, COUNT, chance)
        while not desk.source.exhausted:
            if permanent:
                desk.events.refuses = desk.samples.refuses = refuses
            if retryable and chance.random() < RETRYABLE:
                driver, moment = chance.choice(DRIVERS), chance.choice([*MOMENTS.values()])
                faults: deque[BaseException] = getattr(getattr(desk, driver), moment)
                faults.append(errors.Unavailable("away, as the suite wants it"))
            desk.round(chance.randint(1, 20))
        expect_conserved(desk, bodies, permanent=permanent)

    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("moment", MOMENTS)
    @pytest.mark.parametrize("driver", DRIVERS)
    def test_cut_off_at_a_write_nothing_is_lost_or_doubled(
        self, desk: Desk, driver: str, moment: str, end: str
    ) -> None:
        """Killed, or told that the driver is away, at each write; then all comes again."""
        bodies = publish(desk, 40, random.Random(1))
        for number in itertools.count():
            if number % 2 == 0:
                getattr(getattr(desk, driver), MOMENTS[moment]).append(ENDS[end]("cut off"))
            desk.round()
            if desk.source.exhausted:
                break
            assert number < COUNT, "messages that were given back never end."
        expect_conserved(desk, bodies)

    def test_killed_before_the_acknowledgement(self, desk: Desk) -> None:
        """The batch is handled and durable, and comes again to another process."""
        bodies = publish(desk, 40, random.Random(2))
        desk.handle(*bodies)
        before = (
            len(desk.events.events),
            len(desk.samples.samples),
            len(letters_of(desk.recovery)),
        )
        desk.restart()
        desk.handle(*bodies, redelivered=True)
        after = (len(desk.events.events), len(desk.samples.samples), len(letters_of(desk.recovery)))
        assert before == after, (
            f"events, samples and letters were {before}, and are {after} after the same messages "
            "came again: what comes again is stored once."
        )


def publish(desk: Desk, count: int, chance: random.Random) -> list[bytes]:
    """Good messages and such that nobody can use, a tenth of all, in any order."""
    good = desk.bodies(count)
    bad = [b"no message %d" % number for number in range(count // 10)]
    bodies = [*good, *bad]
    chance.shuffle(bodies)
    desk.source.publish(*bodies)
    return bodies


def refuses(item: Event | Sample) -> str:
    """Why a storage never takes some of the items; always the same ones."""
    doomed = random.Random(item.message_id).random() < PERMANENT
    return "the suite wants it so" if doomed else ""


def expect_conserved(desk: Desk, bodies: list[bytes], *, permanent: bool = False) -> None:
    """The sum is right, letters and storages hold what the outcomes say."""
    tally = Tally(bodies)
    for body, outcome in desk.source.settled:
        if outcome is not Outcome.REQUEUED:
            tally.note(body, outcome.value)
    tally.expect_conserved()
    assert len(desk.source.acknowledged) == len(bodies), (
        f"{len(bodies)} messages were generated, {len(desk.source.acknowledged)} acknowledged."
    )
    unusable = {body for body in bodies if body.startswith(b"no message")}
    recovered = {body for body in bodies if desk.outcomes[body] is Outcome.RECOVERED}
    letters = letters_of(desk.recovery)
    lost = unusable - set(letters)
    assert not lost, (
        f"{len(lost)} messages that cannot be decoded were acknowledged and are not in recovery."
    )
    if not desk.stores:
        assert len(letters) == len(bodies), "a message is missing in recovery, or stands twice."
        return
    doomed = {body for body in bodies if permanent and body not in unusable and _doomed(body)}
    assert recovered <= unusable | doomed, "messages that can be stored went to recovery."
    assert doomed <= recovered, (
        f"{len(doomed - recovered)} messages of which a storage rejected an item are not "
        "RECOVERED: nobody ever hears of them."
    )
    missing = recovered - set(letters)
    assert not missing, f"{len(missing)} messages are RECOVERED and have no letter."
    _expect_stored(desk, [body for body in bodies if body not in unusable | doomed])


def _expect_stored(desk: Desk, bodies: list[bytes]) -> None:
    ids = {decode(Delivery(body)).message_id for body in bodies}
    metered = {key[0] for key in desk.samples.samples}
    for kind, found in ((Event, set(desk.events.events)), (Sample, metered)):
        lost = ids - found if kind in desk.stores else set()
        assert not lost, (
            f"{len(lost)} messages were acknowledged as stored and their {kind.__name__.lower()}s "
            "are not in the storage."
        )


def _doomed(body: bytes) -> bool:
    return bool(refuses(Event(decode(Delivery(body)).message_id, "", None, ())))  # type: ignore[arg-type]
