# SPDX-License-Identifier: Apache-2.0
"""Letters written by several workers, while commands change them, kills go on, or room is short."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.letter import Standing
from ceilobatch.testing.notifications import BrokenKind

from .letter_crowd import Crowd
from .letter_killing import FileWatch, SqlWatch, Watch
from .letter_scene import Scene, broken_messages, reckon
from .servers import PostgreSQL, RabbitMQ, wait_until

CLOSED = "closed, consuming stops"
PADDING = b" " * 2000
MakeScene = Callable[..., Scene]


@pytest.fixture
def make_scene(
    rabbitmq: RabbitMQ,
    postgresql: PostgreSQL,
    rabbitmq_url: str,
    postgresql_url: str,
    tmp_path: Path,
) -> Iterator[MakeScene]:
    scenes = []

    def make(backend: str, **options: Any) -> Scene:
        urls = (rabbitmq_url, postgresql_url)
        scenes.append(Scene(rabbitmq, postgresql, urls, tmp_path, backend, **options))
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.agent.kill_all()


def assert_kept_once(scene: Scene, bodies: list[bytes]) -> None:
    """Every broken message has one letter, and all books and checksums are right."""
    figures = reckon(bodies, scene.entries())
    wrong = ("lost", "doubled", "unexpected", "seen_too_seldom")
    assert {name: figures[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert scene.doubled() == 0
    assert scene.is_sound()
    assert scene.is_balanced()


@pytest.mark.parametrize("backend", ["file", "sql"])
def test_four_workers_and_three_commands_lose_and_double_no_letter(
    make_scene: MakeScene, backend: str
) -> None:
    scene = make_scene(backend, workers=4, batch_size=10)
    bodies = [one.body for one in broken_messages(400, seed=21)]
    bodies += bodies[::10]
    scene.start()
    publisher = scene.publish_slowly(bodies, 100)
    crowd = Crowd(scene)
    publisher.join()
    scene.wait_until_drained()
    crowd.stop()
    scene.stop()
    assert crowd.mistakes == []
    assert min(crowd.figures[one] for one in ("list", "edit", "replay", "discard")) > 0
    scene.correct()
    scene.replay()
    assert_kept_once(scene, bodies)
    entries = scene.entries()
    assert sum(entry.seen for entry in entries) == len(bodies)
    replayed = sum(entry.standing is Standing.REPLAYED for entry in entries)
    told_in_vain = crowd.figures["replay: changed"]  # stored, but discarded by somebody meanwhile
    assert replayed <= scene.stored.count("event") <= replayed + told_in_vain


@pytest.mark.parametrize("backend", ["file", "sql"])
def test_workers_killed_while_they_write_letters_lose_none(
    make_scene: MakeScene, backend: str, postgresql_url: str
) -> None:
    scene = make_scene(backend, workers=3, batch_size=10)
    bodies = [one.body for one in broken_messages(600, seed=22)]
    watch: Watch = SqlWatch(postgresql_url)
    if backend == "file":
        watch = FileWatch(scene.agent.directory / "state" / "recovery")
    scene.start()
    scene.publish(bodies[:10])
    wait_until(lambda: len(scene.entries()) == 10, what="10 letters")
    publisher = scene.publish_slowly(bodies[10:], 150)
    killed = sum(watch.kill(scene.agent.workers(), 5) for _ in range(5))
    publisher.join()
    scene.wait_until_drained()
    scene.stop()
    assert killed >= 3
    assert_kept_once(scene, bodies)


def test_gate_is_closed_once_while_there_is_no_room_for_letters(make_scene: MakeScene) -> None:
    scene = make_scene("file", batch_size=20)
    kinds = (None, BrokenKind.PAYLOAD_LIST)
    messages = broken_messages(400, 23, kinds)
    # Larger than the log, which must not reach the limit, too.
    messages = [one._replace(body=one.body + PADDING) for one in messages]
    broken = [one.body for one in messages if one.broken]
    letters = scene.agent.directory / "state" / "recovery" / "letters-000001.jsonl"
    scene.start()
    scene.publish([one.body for one in messages[:200]])
    wait_until(lambda: len(scene.entries()) == 100, what="100 letters")
    allow(scene, letters.stat().st_size + 100)
    publisher = scene.publish_slowly([one.body for one in messages[200:]], 100)
    wait_until(lambda: scene.agent.logged(CLOSED), 10, "the gate to close")
    publisher.join()
    wait_until(lambda: scene.depth()[1] == 0, what="no consumers")
    wait_until(lambda: scene.depth()[0] >= 100)  # all that failed is given back
    assert scene.queue()["unacknowledged"] == 0
    assert scene.agent.logged(CLOSED) == 1
    assert scene.agent.logged("File too large") == 1
    allow(scene, resource.RLIM_INFINITY)
    wait_until(lambda: scene.agent.logged("open again after"), 20, "the gate to open")
    scene.wait_until_drained()
    scene.stop()
    assert scene.stored.count("event") == len(messages) - len(broken)
    assert_kept_once(scene, broken)


def allow(scene: Scene, size: int) -> None:
    """Let no file of the agent grow beyond so many bytes."""
    for pid in scene.processes():
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
