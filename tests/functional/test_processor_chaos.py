# SPDX-License-Identifier: Apache-2.0
"""A short chaos run of the processor: everything is killed, and every usage is there once."""

import datetime
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.chaos_faults import timeline
from benchmarks.processor_chaos import WRONG, Options, Run, is_right
from benchmarks.processor_faults import AT_ONCE, LASTING

from .servers import PostgreSQL, Redis
from .usage_formula import HOUR, Amount, Identity, compare, expected

BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


@pytest.fixture
def run(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> Iterator[Run]:
    run = Run(
        Options(scopes=8, periods=20, metrics=5, faults=6, seed=1), postgresql, redis, tmp_path
    )
    yield run
    run.close()


def test_every_usage_is_stored_once_while_everything_is_killed(run: Run) -> None:
    figures = run.run()
    assert {name: figures[name] for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert is_right(figures), figures
    assert set(figures["faults"]) == {*AT_ONCE, *LASTING}
    assert figures["reprocessings"] > 0
    assert figures["longest_stop_s"] < 30


def test_the_faults_are_the_same_for_one_seed_and_lasting_ones_end() -> None:
    steps = list(timeline(40, 3, AT_ONCE, LASTING))
    assert steps == list(timeline(40, 3, AT_ONCE, LASTING))
    assert steps != list(timeline(40, 4, AT_ONCE, LASTING))
    assert sum(step.begins for step in steps) == 40
    for fault in LASTING:
        begins = [step.begins for step in steps if step.fault == fault]
        assert begins == [True, False] * (len(begins) // 2)


def test_whatever_is_missing_doubled_or_wrong_is_counted() -> None:
    wanted = list(expected(2, BEGIN, BEGIN + 3 * HOUR, points=2))
    assert len(wanted) == 2 * 3 * (4 * 2 + 1)
    first, second, *rest = wanted
    stranger = (Identity("stranger", BEGIN, "cpu", "{}"), Amount("instance", Fraction(1), "{}"))
    wrong = (second[0], second[1]._replace(quantity=second[1].quantity + 1))
    assert compare(wanted, wanted) == dict.fromkeys(WRONG, 0)
    assert compare(wanted, [second, *rest]) == {"missing": 1, "doubled": 0, "wrong": 0}
    assert compare(wanted, [first, *wanted]) == {"missing": 0, "doubled": 1, "wrong": 0}
    assert compare(wanted, [stranger, *wanted]) == {"missing": 0, "doubled": 1, "wrong": 0}
    assert compare(wanted, [first, wrong, *rest]) == {"missing": 0, "doubled": 0, "wrong": 1}
