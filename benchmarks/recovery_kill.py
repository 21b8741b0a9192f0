# SPDX-License-Identifier: Apache-2.0
"""Workers killed while they write letters, and replays killed."""

import functools
import random
import time
from collections import Counter
from typing import Any

from benchmarks.recovery_place import Place
from benchmarks.recovery_workers import replayed_once
from ceilobatch.letter import Standing
from tests.functional.letter_killing import FileWatch, SqlWatch, Watch
from tests.functional.letter_scene import LISTS, Scene, broken_messages, reckon
from tests.functional.servers import wait_until

WRITES = 200
BATCH = 10
COUNT = 2400
ROUNDS = 4
KILLS = 8  # a round; afterwards the whole agent is killed, and started anew
REPLAY_KILLS = 5


def kill(place: Place, backend: str) -> dict[str, Any]:
    """First the workers, then replays of what was corrected."""
    scene = place.scene(backend, workers=4, batch_size=BATCH)
    bodies = [one.body for one in broken_messages(COUNT, place.seed)]
    kills = _kill_writers(place, scene, backend, bodies)
    entries = scene.entries()
    writes = len({entry.letter.batch_id for entry in entries})
    written = reckon(bodies, entries)
    sound, balanced = scene.is_sound(), scene.is_balanced()
    replays = _kill_replays(place, scene)
    return {
        "backend": backend,
        "writes": writes,
        "enough_writes": writes >= WRITES,
        "workers_killed_while_writing": kills,
        "agents_killed": ROUNDS - 1,
        **written,
        "verify_clean": sound,
        "ledger_balanced": balanced,
        "replay": replays,
    }


def _kill_writers(place: Place, scene: Scene, backend: str, bodies: list[bytes]) -> int:
    """Publish in rounds; how many workers were killed in the middle of a write."""
    watch: Watch = SqlWatch(place.database, place.seed)
    if backend == "file":
        watch = FileWatch(scene.agent.directory / "state" / "recovery")
    killed = 0
    scene.start()
    share = len(bodies) // ROUNDS
    for number in range(ROUNDS):
        if number:
            scene.agent.kill_all()
            scene.start()
        part = bodies[number * share : (number + 1) * share]
        scene.publish(part[:BATCH])
        wait_until(lambda: scene.depth()[0] == 0)
        publisher = scene.publish_slowly(part[BATCH:], 100)
        for _ in range(KILLS):
            killed += watch.kill(scene.agent.workers(), 2)
        publisher.join()
    scene.wait_until_drained()
    scene.stop()
    return killed


def _kill_replays(place: Place, scene: Scene) -> dict[str, Any]:
    """Replay what was corrected, killed at any moment, until nothing waits."""
    scene.correct()
    chance = random.Random(place.seed)
    settled = [0]
    for _ in range(REPLAY_KILLS):
        process = scene.start_replay(400)
        wait_until(functools.partial(_is_above, scene, settled[-1]), what="a replayed letter")
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        process.wait(30)
        settled.append(_replayed(scene))
    last = scene.replay()
    entries = scene.entries()
    return {
        "letters": sum(entry.letter.reason.startswith(LISTS[1]) for entry in entries),
        "killed_at": settled[1:],
        "stored_by_the_last": last["stored"],
        "duplicate_by_the_last": last["duplicate"],
        "standing": dict(Counter(entry.standing.value for entry in entries)),
        **replayed_once(entries),
        "events": scene.stored.count("event"),
        "messages_with_doubled_samples": scene.doubled(),
        "verify_clean": scene.is_sound(),
        "ledger_balanced": scene.is_balanced(),
    }


def _replayed(scene: Scene) -> int:
    return sum(entry.standing is Standing.REPLAYED for entry in scene.entries())


def _is_above(scene: Scene, known: int) -> bool:
    return _replayed(scene) > known
