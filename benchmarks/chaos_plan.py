# SPDX-License-Identifier: Apache-2.0
"""What a chaos run sends: notifications, some broken and some sent twice, the same for one seed."""

import heapq
import random
from collections.abc import Iterator
from typing import NamedTuple

from ceilobatch.testing.notifications import (
    BrokenKind,
    GeneratedNotification,
    break_notification,
    generate,
)

EXCHANGES = ["nova", "cinder", "glance", "neutron", "keystone", "ironic", "octavia"]
BROKEN_SHARE = 0.02
TWICE_SHARE = 0.02
# Slots between the two copies of a message, at most.
DISTANCE = 1000
# Those whose bytes differ from message to message, so that each can be looked for.
KINDS = (
    BrokenKind.GARBAGE,
    BrokenKind.CUT,
    BrokenKind.UNKNOWN_ENVELOPE,
    BrokenKind.NO_MESSAGE_ID,
    BrokenKind.NO_EVENT_TYPE,
    BrokenKind.NO_PAYLOAD,
    BrokenKind.PAYLOAD_LIST,
    BrokenKind.BAD_TIMESTAMP,
    BrokenKind.NO_TIMESTAMP,
    BrokenKind.NUL_IN_TEXT,
)


class Slot(NamedTuple):
    """One sending.

    :ivar broken: None for a message that is as it should be.
    :ivar again: whether it is the second copy.
    """

    exchange: str
    routing_key: str
    body: bytes
    broken: BrokenKind | None = None
    again: bool = False


def plan(count: int, seed: int) -> Iterator[Slot]:
    """``count`` different messages, and the second copies of some.

    The same arguments give the same slots, in another process, too.
    """
    chance = random.Random(f"plan {seed}")
    later: list[tuple[int, int, Slot]] = []
    for place, one in enumerate(generate(count, seed=seed)):
        while later and later[0][0] <= place:
            yield heapq.heappop(later)[2]
        slot = _slot(place, one, chance)
        yield slot
        if chance.random() < TWICE_SHARE:
            due = place + chance.randint(1, DISTANCE)
            heapq.heappush(later, (due, place, slot._replace(again=True)))
    while later:
        yield heapq.heappop(later)[2]


def _slot(place: int, one: GeneratedNotification, chance: random.Random) -> Slot:
    if chance.random() >= BROKEN_SHARE:
        return Slot(one.exchange, one.routing_key, one.envelope())
    kind = chance.choice(KINDS)
    wire = break_notification(one, kind).wire
    if kind is BrokenKind.GARBAGE:
        wire += str(place).encode()
    return Slot(one.exchange, one.routing_key, wire, kind)
