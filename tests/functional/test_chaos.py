# SPDX-License-Identifier: Apache-2.0
"""A short chaos run: everything is killed and cut, and every message ends as it should, once."""

from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.chaos import BALANCE, Options, Run, balanced
from benchmarks.chaos_books import Expected, Reckoning
from benchmarks.chaos_faults import AT_ONCE, LASTING, timeline
from benchmarks.chaos_plan import plan
from ceilobatch.letter import Stage

from .servers import PostgreSQL, RabbitMQ


@pytest.fixture
def run(rabbitmq: RabbitMQ, postgresql: PostgreSQL, tmp_path) -> Iterator[Run]:
    run = Run(Options(count=3000, faults=8, seed=1), rabbitmq, postgresql, tmp_path)
    yield run
    run.close()


def test_nothing_is_lost_or_doubled_while_everything_is_killed(run):
    figures = run.run()
    assert {name: figures[name] for name in BALANCE} == dict.fromkeys(BALANCE, 0)
    assert balanced(figures)
    assert figures["agent_exit_code"] == 0
    assert figures["longest_stop_s"] < 20
    assert sum(figures["faults"].values()) == 8
    assert set(figures["faults"]) == {*AT_ONCE, *LASTING}
    assert figures["sent"] >= figures["published"] + figures["sent_twice_on_purpose"]
    assert figures["published"] == 3000


def test_plan_and_timeline_are_the_same_for_one_seed_and_differ_for_another():
    assert list(plan(200, 5)) == list(plan(200, 5))
    assert list(plan(200, 5)) != list(plan(200, 6))
    assert list(timeline(30, 5)) == list(timeline(30, 5))
    assert list(timeline(30, 5)) != list(timeline(30, 6))


def test_every_lasting_fault_ends():
    steps = list(timeline(60, 2))
    for fault in LASTING:
        begins = [step.begins for step in steps if step.fault == fault]
        assert begins == [True, False] * (len(begins) // 2)
    assert sum(step.begins for step in steps) == 60
    assert all(step.wait >= 0 for step in steps)


@pytest.mark.parametrize(
    ("events", "samples", "letters", "wrong"),
    [
        ({"a": 1}, {"a": ["x:0"]}, {b"odd": {Stage.DECODE}}, {}),
        ({}, {"a": ["x:0"]}, {b"odd": {Stage.DECODE}}, {"lost": 1}),
        ({"a": 1}, {}, {b"odd": {Stage.DECODE}}, {"lost": 1}),
        ({"a": 1}, {"a": ["x:0"]}, {}, {"lost": 1}),
        ({"a": 2}, {"a": ["x:0"]}, {b"odd": {Stage.DECODE}}, {"events_doubled": 1}),
        ({"a": 1}, {"a": ["x:0", "x:1"]}, {b"odd": {Stage.DECODE}}, {"samples_doubled": 1}),
        ({"a": 1, "b": 1}, {"a": ["x:0"]}, {b"odd": {Stage.DECODE}}, {"unaccounted": 1}),
        ({"a": 1}, {"a": ["x:0"], "b": ["x:0"]}, {b"odd": {Stage.DECODE}}, {"unaccounted": 1}),
        (
            {"a": 1},
            {"a": ["x:0"]},
            {b"odd": {Stage.DECODE}, b"else": {Stage.DECODE}},
            {"unaccounted": 1},
        ),
    ],
)
def test_whatever_is_missing_or_too_much_is_counted(events, samples, letters, wrong):
    expected = [Expected("a", True, ("x:0",), None), Expected(None, False, (), b"odd")]
    found = Reckoning(expected).compare(
        events, {key: Counter(names) for key, names in samples.items()}, letters
    )
    assert found == {**dict.fromkeys(BALANCE, 0), **wrong}
