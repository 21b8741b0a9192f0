# SPDX-License-Identifier: Apache-2.0
"""Reasons of one kind become one text, those of different kinds do not."""

import dataclasses
import datetime

import pytest

from ceilobatch import errors
from ceilobatch.letter import Entry, Letter, Stage
from ceilobatch.message import Delivery, decode
from ceilobatch.recovery.groups import grouped
from ceilobatch.recovery.kinds import LONGEST, kind_of
from ceilobatch.testing.notifications import BrokenKind, break_notification, generate

NOW = datetime.datetime(2024, 5, 17, tzinfo=datetime.UTC)
KINDS = (
    BrokenKind.EMPTY,
    BrokenKind.CUT,
    BrokenKind.NOT_JSON,
    BrokenKind.UNKNOWN_ENVELOPE,
    BrokenKind.NO_MESSAGE_ID,
    BrokenKind.NO_EVENT_TYPE,
    BrokenKind.PAYLOAD_LIST,
    BrokenKind.BAD_TIMESTAMP,
)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("there is no message_id", "there is no message_id"),
        ("the timestamp 'noon' is not an ISO 8601 time", "the timestamp * is not an ISO 8601 time"),
        ("""the timestamp "it's" is not a time""", "the timestamp * is not a time"),
        (
            "the body is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 17: invalid",
            "the body is not UTF-8: * codec can't decode byte * in position *: invalid",
        ),
        (
            "the body is not JSON: Expecting value: line 1 column 40 (char 39)",
            "the body is not JSON: Expecting value: line * column * (char *)",
        ),
        (
            "trait vcpus is left out: -12.5e3 is not a 64-bit integer",
            "trait vcpus is left out: * is not a 64-bit integer",
        ),
        (
            f"trait size is left out: {'x' * 60!r}... is not a finite number",
            "trait size is left out: * is not a finite number",
        ),
        (
            f"trait size is left out: {repr('x' * 60)[:60]} is not a finite number",
            "trait size is left out: * is not a finite number",
        ),
        (
            "disk.read: volume is 'a', not a number; disk.read: volume is 'b', not a number",
            "disk.read: volume is *, not a number",
        ),
        ("no req-7ad6623c-6073-47b1-a1f4-e1f265f13f69 here", "no * here"),
        ("at 2024-05-17T12:30:00.5+02:00 or 2024-05-17 12:30:00Z", "at * or *"),
        ("server instance-0000001a on 10.0.0.1 has d2d5844307f062ce", "server * on * has *"),
        ("cpu_l3_cache of ipv4: a\n  b", "cpu_l3_cache of ipv4: a b"),
    ],
)
def test_what_differs_between_messages_is_taken_out(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind


def test_long_reasons_are_cut() -> None:
    assert len(kind_of("word " * 1000)) == LONGEST


def test_broken_notifications_of_eight_kinds_are_eight_groups() -> None:
    entries = []
    for number, notification in enumerate(generate(500, seed=4)):
        broken = break_notification(notification, KINDS[number % len(KINDS)]).wire
        with pytest.raises(errors.Malformed) as refused:
            decode(Delivery(broken))
        letter = Letter(broken, Stage.DECODE, "Malformed", str(refused.value), NOW)
        entries.append(Entry(letter, 1, NOW))
    groups = grouped(entries, ["reason"])
    assert len(groups) == len(KINDS)
    assert sum(group.messages for group in groups) == 500


def test_group_knows_its_oldest_and_newest_whatever_the_order() -> None:
    letter = Letter(b"1", Stage.DECODE, "Malformed", "line 1", NOW)
    later = dataclasses.replace(letter, body=b"22", recorded=NOW + datetime.timedelta(1))
    last = NOW + datetime.timedelta(2)
    (group,) = grouped([Entry(later, 1, later.recorded), Entry(letter, 3, last)], ["reason"])
    assert (group.oldest, group.newest, group.example) == (NOW, last, letter.id)
    assert (group.letters, group.messages, group.size) == (2, 4, 3)
