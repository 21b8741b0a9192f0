# SPDX-License-Identifier: Apache-2.0
"""The processor as a daemon: every period is stored exactly, whatever is stopped or killed."""

import functools
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from .processor_process import Processor
from .processor_scene import NOTHING_WRONG, ProcessorScene
from .servers import PostgreSQL, Redis, wait_until
from .usage_formula import HOUR, KINDS

Make = Callable[..., ProcessorScene]
# So that a run is not over before something is done to it.
SLOW: dict[str, Any] = {"collector": {"latency": 0.03}, "max_threads": 4}


@pytest.fixture
def make(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Make]:
    scenes: list[ProcessorScene] = []

    def one(**sizes: int) -> ProcessorScene:
        scenes.append(ProcessorScene(tmp_path, postgresql, **sizes))
        return scenes[-1]

    yield one
    for scene in scenes:
        scene.close()


def assert_quiet(processor: Processor, *allowed: str) -> None:
    """No traceback, and no warning but those that a test has caused."""
    lines = processor.read_log().splitlines()
    assert not [line for line in lines if "Traceback" in line]
    loud = [line for line in lines if " WARNING " in line or " ERROR " in line]
    assert not [line for line in loud if not any(text in line for text in allowed)]


def most_threads(processor: Processor) -> int:
    """Of its workers, the number of the one that has most; each request has one."""
    return max(
        (psutil.Process(pid).num_threads() for pid in processor.running_workers()), default=0
    )


def test_every_period_of_every_scope_is_stored_exactly(make: Make) -> None:
    scene = make(scopes=12, periods=30)
    processor = scene.processor().start()
    scene.wait_until_done()
    assert scene.differences() == NOTHING_WRONG
    assert scene.count("scope_usage", f"period_begin < '{scene.end.isoformat()}'") == 12 * 30 * 13
    assert {row["lag"] for row in processor.command("scope", "list")} == {0}
    assert processor.stop() == 0
    assert_quiet(processor)
    assert processor.logged("\n") < 20


def test_all_metrics_of_many_periods_may_come_in_one_request(make: Make) -> None:
    scene = make(scopes=12, periods=30)
    processor = scene.processor(collector={"periods": 0, "scopes": 0}, workers=1).start()
    scene.wait_until_done()
    assert processor.stop() == 0
    assert scene.differences() == NOTHING_WRONG
    requests = int(processor.read_log().rpartition("'requests': ")[2].partition("}")[0])
    assert requests <= 4 * len(KINDS)


def test_sigterm_finishes_what_is_being_stored_and_leaves_the_rest(make: Make) -> None:
    scene = make(scopes=6, periods=60)
    processor = scene.processor(**SLOW).start()
    scene.wait_for_usage()
    assert processor.stop(seconds=10) == 0
    assert not scene.is_done()
    left = scene.differences()
    assert left["missing"]
    assert {**left, "missing": 0} == NOTHING_WRONG
    processor.start()
    scene.wait_until_done()
    assert scene.differences() == NOTHING_WRONG
    assert_quiet(processor)


def test_sigterm_does_not_wait_for_a_backend_that_hangs(make: Make) -> None:
    scene = make(scopes=2, periods=5)
    processor = scene.processor(collector={"hangs": 1.0}, request_timeout=600).start()
    wait_until(lambda: most_threads(processor) > 5 + len(KINDS), what="requests under way")
    begin = time.monotonic()
    assert processor.stop() == 0
    assert time.monotonic() - begin < 15
    assert processor.logged("requests are left unanswered")


def test_sigterm_does_not_wait_for_coordination_that_hangs(make: Make, redis: Redis) -> None:
    scene = make(scopes=2, periods=5)
    processor = scene.processor(coordination={"url": redis.url}).start()
    scene.wait_until_done()
    redis.pause()
    begin = time.monotonic()
    assert processor.stop() == 0
    assert time.monotonic() - begin < 15
    redis.resume()
    assert_quiet(processor)


def test_killed_workers_and_daemons_leave_nothing_undone_and_nothing_doubled(make: Make) -> None:
    scene = make(scopes=6, periods=60)
    processor = scene.processor(**SLOW).start()
    scene.wait_for_usage()
    killed = processor.kill_worker()
    wait_until(lambda: processor.logged("replaced in"), what="a replacement")
    wait_until(lambda: len(processor.running_workers()) == 2)
    workers = processor.running_workers()
    assert killed not in workers
    processor.kill()
    processor.start()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in workers), what="orphans to end")
    scene.wait_until_done()
    assert processor.stop() == 0
    assert scene.differences() == NOTHING_WRONG
    assert processor.logged("The parent process is gone") <= 2


def test_storage_and_coordination_may_stop_and_come_back(make: Make, redis: Redis) -> None:
    scene = make(scopes=6, periods=60)
    processor = scene.processor(**SLOW, coordination={"url": redis.url}).start()
    scene.wait_for_usage()
    scene.server.stop()
    wait_until(lambda: processor.logged("Gate of usage storage closed") == 2, what="gates")
    scene.server.start()
    wait_until(lambda: processor.logged("Gate of usage storage open again") == 2, what="gates")
    redis.kill()
    wait_until(lambda: processor.logged("Coordination is lost") == 2, what="coordination lost")
    redis.start()
    scene.wait_until_done()
    wait_until(lambda: processor.logged("Coordinated as") == 4, what="coordination again")
    assert scene.differences() == NOTHING_WRONG
    assert processor.stop() == 0
    assert_quiet(processor, "Gate of usage storage closed", "Coordination is lost")


def test_two_daemons_share_the_scopes_and_take_over_from_each_other(
    make: Make, redis: Redis
) -> None:
    scene = make(scopes=24, periods=24)
    here, there = (
        scene.processor(name, **SLOW, coordination={"url": redis.url}).start()
        for name in ("here", "there")
    )
    for name in ("here", "there"):
        mine = f"worker LIKE '{name}/%'"
        wait_until(functools.partial(scene.count, "scope", mine), what=name)
    there.kill_all()
    wait_until(lambda: here.logged("gone: ") >= 2, what="the loss to be noticed")
    scene.wait_until_done()
    assert scene.differences() == NOTHING_WRONG
    assert here.stop() == 0


def test_reset_reprocess_and_pause_during_a_run_end_as_a_clean_run_does(make: Make) -> None:
    scene = make(scopes=6, periods=60)
    processor = scene.processor(**{**SLOW, "collector": {"latency": 0.1}}).start()
    command = processor.command
    begin, middle = scene.begin.isoformat(), (scene.begin + 10 * HOUR).isoformat()
    wait_until(lambda: scene.count("scope", f"last_processed > '{middle}'") == 6, what="10 periods")
    (paused,) = command("scope", "pause", "scope-00001")
    assert str(paused["last_processed"]) < scene.end.isoformat()
    command("scope", "reset", "scope-00002", "scope-00003", "--to", begin, "--yes")
    scene.server.execute(
        "UPDATE scope_usage SET quantity = 5 WHERE scope = 'scope-00004'"
        f" AND period_begin < '{middle}'",
        scene.url,
    )
    command("scope", "reprocess", "scope-00004", "--from", begin, "--to", middle)
    done = f"last_processed >= '{scene.end.isoformat()}'"
    wait_until(lambda: scene.count("scope", done) == 5, 60, "the others")
    assert command("scope", "resume", "scope-00001") == [{**paused, "paused": False}]
    scene.wait_until_done()
    wait_until(lambda: scene.count("reprocessing", "done = period_end") == 1, what="the order")
    assert scene.differences() == NOTHING_WRONG
    assert processor.stop() == 0
    assert_quiet(processor)


def test_every_mistake_of_the_user_is_one_clear_error(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.yml"
    metrics.write_text("metrics:\n  cpu: {grupby: [id]}\n  ram: {unit: MiB, factor: half}\n")
    wrong: dict[str, dict[str, object]] = {
        "processor": {
            "collector": "fixed",
            "scopes": "nosuch",
            "metrics_files": metrics,
            "start": "yesterday",
            "handlers": "nosuch",
        },
        "collector_fixed": {"points": "many"},
        "usage_sql": {"connection": "oracle://host"},
        "coordination": {"url": "redis://localhost:port"},
    }
    processor = Processor(tmp_path, wrong).start()
    assert processor.process is not None
    assert processor.process.wait(30) == 1
    found = processor.read_log().splitlines()
    beginning = "ceilobatch-processor: error: "
    assert all(line.startswith(beginning) for line in found)
    for sentence in (
        f"{metrics}, line 2: metric 'cpu': unit is required",
        f"{metrics}, line 2: metric 'cpu': grupby: there is no such key",
        f"{metrics}, line 3: metric 'ram': factor: 'half' is neither a number nor a fraction",
        "[collector_fixed] points: ",
        "[processor] scopes: no plugin 'nosuch'",
        "[processor] handlers: no plugin 'nosuch'",
        "[usage_sql] connection: 'oracle' is not a database that is known here",
        "[processor] start: 'yesterday' is not an ISO 8601 time",
        "[coordination] url: Port could not be cast",
    ):
        (line,) = (line for line in found if line.startswith(beginning + sentence))
        found.remove(line)
    assert not found


def test_every_process_may_be_told_to_stop_at_once(make: Make) -> None:
    scene = make(scopes=2, periods=5)
    processor = scene.processor().start()
    scene.wait_until_done()
    assert processor.process is not None
    os.killpg(processor.process.pid, signal.SIGTERM)
    assert processor.process.wait(20) == 0
    assert processor.logged("drained (finished with") == 2
