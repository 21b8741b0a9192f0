# SPDX-License-Identifier: Apache-2.0
"""How far the partitions of a Kafka consumer may be committed."""

from ceilobatch.plugins.transports.kafka_progress import Position, Progress

P0, P1 = ("t.info", 0), ("t.info", 1)


def taken(progress: Progress, partition: tuple[str, int], *offsets: int) -> list[Position]:
    return [progress.take(partition, offset) for offset in offsets]


def assigned(*partitions: tuple[str, int]) -> Progress:
    progress = Progress()
    progress.assign(partitions)
    return progress


def test_offset_is_committable_when_everything_before_it_is_done():
    progress = assigned(P0)
    first, second, third = taken(progress, P0, 4, 5, 6)
    progress.done(second)
    assert progress.committable() == {}
    progress.done(first)
    assert progress.committable() == {P0: 6}
    progress.done(third)
    assert progress.committable() == {P0: 7}


def test_what_is_committed_is_not_committed_again():
    progress = assigned(P0, P1)
    for position in [*taken(progress, P0, 1), *taken(progress, P1, 8)]:
        progress.done(position)
    progress.commit({P0: 2})
    assert progress.committable() == {P1: 9}


def test_gaps_between_offsets_hold_nothing_up():
    progress = assigned(P0)
    for position in taken(progress, P0, 1, 7, 9):
        progress.done(position)
    assert progress.committable() == {P0: 10}


def test_partition_is_read_again_from_the_first_message_given_back():
    progress = assigned(P0, P1)
    positions = taken(progress, P0, 0, 1, 2, 3)
    (other,) = taken(progress, P1, 5)
    for position in (positions[0], positions[2], other):
        progress.done(position)
    assert progress.give_back([positions[1], positions[3]]) == {P0: 1}
    assert progress.committable() == {P0: 1, P1: 6}


def test_giving_back_what_comes_again_already_does_not_skip_what_is_before_it():
    progress = assigned(P0)
    first = taken(progress, P0, 0, 1)
    second = taken(progress, P0, 2, 3)
    assert progress.give_back(first) == {P0: 0}
    assert progress.give_back(second) == {}
    assert progress.committable() == {}


def test_outcome_of_a_message_that_came_again_counts():
    progress = assigned(P0)
    (before,) = taken(progress, P0, 0)
    progress.give_back([before])
    (after,) = taken(progress, P0, 0)
    progress.done(after)
    assert progress.committable() == {P0: 1}


def test_revoked_partition_is_not_committed():
    progress = assigned(P0, P1)
    positions = [*taken(progress, P0, 0), *taken(progress, P1, 0)]
    progress.revoke([P0])
    for position in positions:
        progress.done(position)
    assert progress.committable() == {P1: 1}
    assert not progress.owns(P0)


def test_positions_of_an_earlier_assignment_are_void():
    progress = assigned(P0)
    first, second = taken(progress, P0, 0, 1)
    progress.revoke([P0])
    progress.assign([P0])
    taken(progress, P0, 0, 1)
    progress.done(first)
    assert progress.give_back([second]) == {}
    assert progress.committable() == {}
