# SPDX-License-Identifier: Apache-2.0
"""What samples come to, over restarts, late starts and pauses."""

from ceilobatch.perf.sample import Counts, Sample, Times, Worker
from ceilobatch.perf.tally import Tally

ONE, TWO = Worker("h1/pool", "p0"), Worker("h1/pool", "p1")


def sample(at: float, **received: int) -> Sample:
    workers = {"p0": ONE, "p1": TWO}
    counts = {workers[name]: Counts(number, number) for name, number in received.items()}
    times = {
        worker: Times(one.received, total=one.received * 0.5) for worker, one in counts.items()
    }
    return Sample(at, counts, times)


def tally(*samples: Sample) -> Tally:
    result = Tally()
    for one in samples:
        result.add(one)
    return result


def test_what_was_before_the_first_sample_does_not_count() -> None:
    found = tally(sample(0, p0=100, p1=50), sample(1, p0=130, p1=51))
    assert found.counts == {ONE: Counts(30, 30), TWO: Counts(1, 1)}
    assert found.whole == Counts(31, 31)
    assert found.durations[ONE].count == 30
    assert found.restarts == 0


def test_a_counter_that_went_down_is_a_restart_and_counts_from_zero() -> None:
    found = tally(sample(0, p0=100), sample(1, p0=130), sample(2, p0=7), sample(3, p0=9))
    assert found.counts == {ONE: Counts(39, 39)}
    assert found.durations[ONE].count == 39
    assert found.durations[ONE].total == 19.5
    assert found.restarts == 1


def test_a_restart_is_noticed_by_the_start_though_the_counter_is_larger_already() -> None:
    def started(at: float, when: float, count: int) -> Sample:
        return Sample(at, {ONE: Counts(count)}, {ONE: Times(count)}, started={ONE: when})

    found = tally(started(0, 5.0, 10), started(1, 5.0, 12), started(2, 9.0, 20))
    assert found.counts == {ONE: Counts(22)}
    assert found.durations[ONE].count == 22
    assert found.restarts == 1


def test_a_worker_that_starts_later_counts_from_zero_and_one_that_was_away_goes_on() -> None:
    found = tally(sample(0, p0=5), sample(1, p1=3), sample(2, p0=6, p1=4))
    assert found.counts == {ONE: Counts(1, 1), TWO: Counts(4, 4)}
    assert found.restarts == 0


def test_a_sample_says_whether_it_is_news() -> None:
    found = Tally()
    assert [found.add(sample(at, p0=count)) for at, count in enumerate((4, 4, 5, 5))] == [
        *(False, False, True, False),
    ]


def test_the_busy_time_is_from_before_the_first_change_to_the_last() -> None:
    counts = (4, 4, 6, 6, 9, 9)
    assert tally(*(sample(at, p0=count) for at, count in enumerate(counts))).busy == (1, 4)
    assert tally(sample(0, p0=4), sample(1, p0=4)).busy == (0, 0)
