# SPDX-License-Identifier: Apache-2.0
"""Four workers write letters while commands read and change them."""

from collections import Counter
from typing import Any

from benchmarks.recovery_place import Place
from ceilobatch.letter import Action, Entry
from tests.functional.letter_crowd import Crowd
from tests.functional.letter_scene import broken_messages, reckon

COUNT = 4000
TWICE = 10  # every so many is published once more
RATE = 90


def workers(place: Place, backend: str) -> dict[str, Any]:
    """Publish at a steady rate with three people at work; count what is there at the end."""
    scene = place.scene(backend, workers=4, batch_size=20)
    messages = broken_messages(COUNT, place.seed)
    bodies = [
        one.body
        for number, one in enumerate(messages)
        for _ in range(1 + (number % TWICE == TWICE - 1))
    ]
    scene.start()
    publisher = scene.publish_slowly(bodies, RATE)
    crowd = Crowd(scene)
    publisher.join()
    scene.wait_until_drained()
    crowd.stop()
    while_running = dict(crowd.figures)
    scene.stop()
    scene.correct()
    last = scene.replay()
    entries = scene.entries()
    return {
        "backend": backend,
        **reckon(bodies, entries),
        "commands": while_running,
        "mistakes_in_lists_and_exit_codes": crowd.mistakes,
        "replayed_at_the_end": last["stored"],
        "standing": dict(Counter(entry.standing.value for entry in entries)),
        **replayed_once(entries),
        "events": scene.stored.count("event"),
        "messages_with_doubled_samples": scene.doubled(),
        "verify_clean": scene.is_sound(),
        "ledger_balanced": scene.is_balanced(),
        "writes": len({entry.letter.batch_id for entry in entries}),
    }


def replayed_once(entries: list[Entry]) -> dict[str, int]:
    """Replays that say that they stored something, and letters that two say that of."""
    told = Counter(
        entry.id
        for entry in entries
        for change in entry.history
        if change.action is Action.REPLAYED and change.result.startswith("stored")
    )
    return {
        "letters_told_stored": len(told),
        "letters_told_stored_twice": sum(count > 1 for count in told.values()),
    }
