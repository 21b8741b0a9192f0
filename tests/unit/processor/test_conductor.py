# SPDX-License-Identifier: Apache-2.0
"""Every metric of every scope and period is stored once and in order, whatever fails."""

import datetime
from collections import deque
from collections.abc import Collection, Sequence

import pytest
import tenacity

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import CollectorCharacteristics
from ceilobatch.processor.discovery import Discovery
from ceilobatch.testing.processing import MemoryCollector, MemoryUsage
from ceilobatch.usage import Order, PeriodBatch, Point

from .scene import COMPLETE, HOUR, Nobody, Plain, Scene, expected, number


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for plans, idle threads and new attempts as long as in earnest."""
    monkeypatch.setattr("ceilobatch.processor.conductor.PLAN_EVERY", 0.2)
    monkeypatch.setattr("ceilobatch.processor.conductor.PLAN_AGAIN", 0.02)
    monkeypatch.setattr("ceilobatch.processor.claims.NOTICED_AFTER", 0.4)
    monkeypatch.setattr("ceilobatch.processor.request._WAIT", tenacity.wait_fixed(0.1))
    monkeypatch.setattr("futurist._thread.ThreadWorker.MAX_IDLE_FOR", 0.05)


SCOPES = [f"scope-{place}" for place in range(8)]
NAMES = ("cpu", "ram")


@pytest.mark.parametrize("periods", [1, 4, None])
@pytest.mark.parametrize("scopes", [1, 3, None])
def test_all_is_stored_however_wide_a_request_may_be(
    periods: int | None, scopes: int | None
) -> None:
    wide = CollectorCharacteristics(periods, scopes)
    scene = Scene(SCOPES, NAMES, periods=30, characteristics=wide)
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert scene.stored() == expected(SCOPES, NAMES, 30)
    for _, asked, begin, end in scene.collector.asked:
        assert len(asked) <= (scopes or len(SCOPES))
        assert (end - begin) // HOUR <= (periods or 30)


def test_nothing_is_asked_twice_and_nothing_that_is_not_complete() -> None:
    scene = Scene(SCOPES, NAMES, periods=5)
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert len(scene.collector.asked) == len(set(scene.collector.asked)) == 8 * 2 * 5
    assert max(end for *_, end in scene.collector.asked) == COMPLETE


def test_a_wide_collector_is_asked_as_widely_as_it_allows() -> None:
    wide = CollectorCharacteristics(None, None)
    scene = Scene(SCOPES, NAMES, periods=24, characteristics=wide)
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert sorted(scene.collector.asked) == [
        (name, tuple(SCOPES), COMPLETE - 24 * HOUR, COMPLETE) for name in NAMES
    ]


def test_an_hour_later_there_is_one_period_more() -> None:
    scene = Scene(SCOPES, NAMES, periods=2)
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE))
        scene.now += HOUR
        scene.wait_until(lambda: scene.is_at(COMPLETE + HOUR))


def test_a_failed_metric_is_asked_again_and_the_others_are_not() -> None:
    scene = Scene(["scope-1"], NAMES, periods=1)
    scene.collector.faults["cpu"] = deque([errors.Unavailable("busy"), OSError("reset")])
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert sorted(name for name, *_ in scene.collector.asked) == ["cpu", "cpu", "cpu", "ram"]
    assert scene.stored() == expected(["scope-1"], NAMES, 1)


def test_a_rejected_metric_is_shown_and_the_rest_goes_on() -> None:
    scene = Scene(["scope-1"], NAMES, periods=3)
    scene.collector.refuses = lambda name, _: (
        errors.Rejected("no such aggregation") if name == "cpu" else None
    )
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert scene.stored() == expected(["scope-1"], ["ram"], 3)
    assert scene.usage.states()[0].error == "cpu: no such aggregation"


def test_a_scope_that_always_fails_holds_up_none_of_those_asked_with_it() -> None:
    scene = Scene(SCOPES, NAMES, characteristics=CollectorCharacteristics(None, None))
    scene.collector.refuses = lambda name, scopes: (
        errors.Unavailable("poison") if name == "cpu" and "scope-3" in scopes else None
    )
    others = [scope for scope in SCOPES if scope != "scope-3"]
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE, *others))
        scene.wait_until(lambda: "poison" in scene.usage.states(["scope-3"])[0].error, 60)
        scene.collector.refuses = lambda *_: None
        scene.wait_until(lambda: scene.is_at(COMPLETE), 90)
    assert scene.stored() == expected(SCOPES, NAMES, 6)


def test_scopes_that_always_fail_do_not_use_up_the_room_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ceilobatch.processor.pipeline.MOST_CELLS", 40)
    monkeypatch.setattr("ceilobatch.processor.pipeline.MOST_PARKED", 20)
    monkeypatch.setattr("ceilobatch.processor.pipeline.PATIENCE", 2)
    broken = [f"broken-{place:02}" for place in range(60)]
    scene = Scene(broken + SCOPES, NAMES, periods=24)
    scene.collector.refuses = lambda _, scopes: (
        errors.Unavailable("broken") if scopes[0] in broken else None
    )
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE, *SCOPES), 60)
        assert scene.pipeline.parked <= 20
    assert scene.most_cells <= 40


def test_no_more_is_asked_ahead_than_allowed() -> None:
    scene = Scene(["scope-1"], NAMES, periods=20, ahead=4)
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert scene.most_cells <= 4


def test_while_the_storage_is_away_nothing_is_lost_and_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ceilobatch.processor.pipeline.MOST_CELLS", 30)
    scene = Scene(SCOPES, NAMES, periods=24)
    with scene.running():
        scene.wait_until(lambda: scene.usage.rows)
        scene.usage.down = True
        scene.wait_until(lambda: not scene.storing.gate.is_open)
        assert scene.pipeline.cells <= 31
        scene.usage.down = False
        scene.wait_until(lambda: scene.is_at(COMPLETE))
    assert scene.stored() == expected(SCOPES, NAMES, 24)


def test_a_scope_set_back_while_it_runs_is_processed_again_from_there() -> None:
    scene = Scene(["scope-1"], NAMES, periods=10)
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE))
        scene.usage.rows.clear()
        state = scene.usage.known["scope-1"]
        scene.usage.known["scope-1"] = state._replace(last_processed=COMPLETE - 10 * HOUR)
        scene.wait_until(lambda: scene.is_at(COMPLETE))
    assert scene.stored() == expected(["scope-1"], NAMES, 10)


def test_a_paused_scope_waits() -> None:
    scene = Scene(SCOPES, NAMES)
    scene.usage.enroll(dict.fromkeys(SCOPES, COMPLETE - 6 * HOUR))
    state = scene.usage.known["scope-2"]
    scene.usage.known["scope-2"] = state._replace(paused=True)
    others = [scope for scope in SCOPES if scope != "scope-2"]
    scene.run_until(lambda: scene.is_at(COMPLETE, *others))
    assert scene.usage.known["scope-2"].last_processed == COMPLETE - 6 * HOUR


def test_two_workers_that_believe_to_own_everything_store_everything_once() -> None:
    usage = Counting()
    scenes = [
        Scene(SCOPES, NAMES, periods=12, usage=usage, worker=f"host/w{place}") for place in (0, 1)
    ]
    with scenes[0].running(), scenes[1].running():
        scenes[0].wait_until(lambda: scenes[0].is_at(COMPLETE))
    assert scenes[0].stored() == expected(SCOPES, NAMES, 12)
    assert set(usage.stored.values()) == {1}


def test_an_idle_worker_helps_one_that_is_behind() -> None:
    usage = Counting()
    busy = Scene(SCOPES, NAMES, periods=40, usage=usage, latency=0.1, threads=1, worker="host/busy")
    idle = Scene(SCOPES, NAMES, periods=40, usage=usage, partition=Nobody(), worker="host/idle")
    with busy.running():
        busy.wait_until(lambda: usage.rows)
        with idle.running():
            busy.wait_until(lambda: busy.is_at(COMPLETE))
    assert set(usage.stored.values()) == {1}
    assert "host/idle" in usage.workers
    assert busy.stored() == expected(SCOPES, NAMES, 40)


def test_a_handler_that_fails_holds_up_its_scope_alone_and_is_asked_again() -> None:
    handler = Failing("scope-3", 2)
    scene = Scene(SCOPES, NAMES, handler=handler)
    scene.run_until(lambda: scene.is_at(COMPLETE))
    assert scene.stored() == expected(SCOPES, NAMES, 6)
    assert handler.left == 0


def test_points_that_come_late_are_stored_as_corrections() -> None:
    late = {"there": False}

    def answer(metric: str, scope: str, begin: datetime.datetime) -> Sequence[Point]:
        return number(metric, scope, begin) if late["there"] or metric == "ram" else ()

    scene = Scene(["scope-1"], NAMES, periods=8, answer=answer, revisit=4)
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE))
        assert scene.stored() == expected(["scope-1"], ["ram"], 8)
        late["there"] = True
        scene.now += 4 * HOUR
        scene.wait_until(lambda: scene.usage.states()[0].revisited == COMPLETE + 2 * HOUR)
    found = {one[1] for one in scene.usage.corrections}
    assert found == {COMPLETE - place * HOUR for place in (1, 2)}
    assert {one[2] for one in scene.usage.corrections} == {"cpu"}


class Behind(MemoryCollector):
    """Knows whether it has caught up: with the scopes in ``done``."""

    done: Collection[str] = ()

    def caught_up(self, metrics: Sequence[Metric], scopes: Sequence[str]) -> Collection[str]:
        """See the contract."""
        return [scope for scope in scopes if scope in self.done]


def test_a_period_is_stored_early_where_the_backend_has_caught_up() -> None:
    collector = Behind(number)
    collector.done = ["scope-1"]
    scene = Scene(["scope-1", "scope-2"], NAMES, collector=collector)
    # 12:30: the hour that ended at twelve is over, and would be complete at two.
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE + 2 * HOUR, "scope-1"))
        scene.wait_until(lambda: scene.is_at(COMPLETE, "scope-2"))


def test_all_is_stored_in_the_end_of_a_backend_that_stops_and_catches_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ceilobatch.processor.pipeline.NOT_CAUGHT_UP", 0.05)
    collector = Behind(lambda *_: ())
    scene = Scene(["scope-1"], NAMES, periods=6, collector=collector, revisit=2)
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE))
        assert scene.stored() == {}
        collector.points = number
        collector.done = ["scope-1"]
        scene.wait_until(lambda: scene.usage.states()[0].revisited == COMPLETE)
    assert {key: value for key, value in scene.stored().items() if key[1] < COMPLETE} == expected(
        ["scope-1"], NAMES, 6
    )


def test_an_order_is_processed_again_beside_the_running_span() -> None:
    usage = MemoryUsage()
    usage.enroll({"scope-1": COMPLETE - 6 * HOUR})
    begin = COMPLETE - 12 * HOUR
    usage.ordered.append(Order(1, "scope-1", begin, COMPLETE - 6 * HOUR, begin))
    scene = Scene(["scope-1"], NAMES, usage=usage)
    scene.run_until(lambda: scene.is_at(COMPLETE) and not usage.orders())
    assert scene.stored() == expected(["scope-1"], NAMES, 12)


def test_scopes_stay_active_while_their_source_does_not_answer() -> None:
    scene = Scene(SCOPES, NAMES)
    with scene.running():
        scene.wait_until(lambda: scene.is_at(COMPLETE))
        scene.sources.down = True
        scene.discovery.begin(())
        assert scene.discovery.discover().scopes is None
        scene.sources.down = False
        scene.sources.names.remove("scope-1")
        scene.wait_until(lambda: not scene.usage.known["scope-1"].active)
    assert scene.usage.known["scope-2"].active


def test_only_the_owner_of_the_task_looks_for_scopes() -> None:
    stranger = Scene(SCOPES, NAMES, partition=Nobody())
    with stranger.running():
        stranger.wait_until(lambda: stranger.conductor.plan_seconds)
        assert not stranger.usage.known
    owner = Scene(SCOPES, NAMES, partition=Nobody(Discovery.NAME))
    owner.run_until(lambda: len(owner.usage.known) == len(SCOPES))


def test_stop_finishes_what_is_being_stored_and_leaves_the_rest() -> None:
    scene = Scene(SCOPES, NAMES, periods=100, latency=0.01)
    scene.run_until(lambda: len(scene.usage.rows) > 20)
    assert 20 < len(scene.usage.rows) < 800
    assert scene.collector.closed == 1
    for state in scene.usage.states():
        begins = {begin for scope, begin in scene.usage.rows if scope == state.scope}
        assert len(begins) == (state.last_processed - (COMPLETE - 100 * HOUR)) // HOUR


class Counting(MemoryUsage):
    """Counts how often each period was stored, and by whom."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[tuple[str, datetime.datetime], int] = {}
        self.workers: set[str] = set()

    def store(
        self,
        expected: datetime.datetime,
        batches: Sequence[PeriodBatch],
        worker: str,
        *,
        final: bool,
    ) -> None:
        """See the contract."""
        super().store(expected, batches, worker, final=final)
        self.workers.add(worker)
        for batch in batches:
            key = batch.scope, batch.begin
            self.stored[key] = self.stored.get(key, 0) + 1


class Failing(Plain):
    """Fails for one scope a number of times."""

    def __init__(self, scope: str, times: int) -> None:
        super().__init__()
        self._scope = scope
        self.left = times

    def handle(self, batch: PeriodBatch) -> None:
        """See the contract."""
        if batch.scope == self._scope and self.left:
            self.left -= 1
            raise errors.Unavailable("not now")
        super().handle(batch)
