# SPDX-License-Identifier: Apache-2.0
"""What a history keeps, finds and forgets."""

import threading

import pytest

from ceilobatch.api.history import History, Moment

ONE = {"process": "p0", "hostname": "web"}
OTHER = {"process": "p1", "hostname": "web"}
NAME = "ceilobatch.requests"


@pytest.fixture
def history() -> History:
    return History(60.0)


def everything(_dimensions: object) -> bool:
    return True


def moments(history: History, **bounds: int) -> list[tuple[int, float]]:
    found = history.find(NAME, everything, **bounds)
    return [tuple(moment) for one in found for moment in one.moments]


def test_points_of_the_same_name_and_dimensions_are_one_series(history: History) -> None:
    history.add(NAME, ONE, 1.0, 5)
    history.add(NAME, dict(reversed(ONE.items())), 2.0, 6)
    history.add(NAME, OTHER, 2.0, 7)
    first, second = history.find(NAME, everything)
    assert first == (NAME, {"hostname": "web", "process": "p0"}, [(1000, 5), (2000, 6)])
    assert second.moments == [Moment(2000, 7)]


def test_points_come_in_order_of_time_however_they_were_added(history: History) -> None:
    for second in (3, 1, 2):
        history.add(NAME, ONE, second, second)
    assert moments(history) == [(1000, 1), (2000, 2), (3000, 3)]


def test_point_of_the_same_time_takes_the_place_of_the_one_before(history: History) -> None:
    history.add(NAME, ONE, 1.0004, 5)
    history.add(NAME, ONE, 1.0, 6)
    assert moments(history) == [(1000, 6)]


def test_bounds_take_in_the_start_and_leave_out_the_end(history: History) -> None:
    for second in range(1, 5):
        history.add(NAME, ONE, second, second)
    assert moments(history, start=2000, end=4000) == [(2000, 2), (3000, 3)]
    assert moments(history, end=1000) == []
    assert history.labels(NAME, start=4000)
    assert history.labels(NAME, start=4001) == []


def test_series_come_in_order_of_names_and_then_dimensions(history: History) -> None:
    for name, dimensions in (("b", ONE), ("a", OTHER), ("a", ONE), ("a", {"hostname": "web"})):
        history.add(name, dimensions, 1.0, 0)
    assert [(one.name, one.dimensions.get("process")) for one in history.labels()] == [
        *(("a", None), ("a", "p0"), ("a", "p1"), ("b", "p0")),
    ]


def test_points_are_forgotten_after_the_retention_and_series_with_their_last(
    history: History,
) -> None:
    history.add(NAME, ONE, 100.0, 1)
    history.add(NAME, OTHER, 130.0, 2)
    history.add(NAME, OTHER, 161.0, 3)
    history.expire(161.0)
    assert [one.dimensions["process"] for one in history.labels()] == ["p1"]
    history.add(NAME, ONE, 100.0, 1)
    history.expire(161.0)
    assert moments(history) == [(130_000, 2), (161_000, 3)]


def test_clock_that_was_ahead_does_not_keep_later_points_out(history: History) -> None:
    history.add(NAME, ONE, 9000.0, 1)
    history.expire(100.0)
    history.add(NAME, ONE, 110.0, 2)
    assert (110_000, 2) in moments(history)


def test_series_beyond_the_bound_are_left_out_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    history = History(60.0, most_series=2)
    for number in range(5):
        history.add(NAME, {"process": f"p{number}"}, 1.0, number)
    history.add(NAME, {"process": "p0"}, 2.0, 9)
    assert [one.dimensions["process"] for one in history.labels()] == ["p0", "p1"]
    assert (2000, 9) in moments(history)
    assert len(caplog.records) == 1


def test_place_of_a_series_that_was_forgotten_is_free_again() -> None:
    history = History(60.0, most_series=1)
    history.add(NAME, ONE, 1.0, 0)
    history.add(NAME, OTHER, 100.0, 0)
    history.expire(100.0)
    history.add(NAME, OTHER, 101.0, 0)
    assert [one.dimensions["process"] for one in history.labels()] == ["p1"]


def test_points_that_are_added_while_others_read_are_all_there() -> None:
    history, seen = History(10_000.0), []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(len(moments(history)))
            history.expire(1000.0)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(
            target=lambda process: [
                history.add(NAME, {"process": process}, second, 1) for second in range(1000)
            ],
            args=(process,),
        )
        for process in ("p0", "p1")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join()
    assert len(moments(history)) == 2000
    assert seen == sorted(seen)
