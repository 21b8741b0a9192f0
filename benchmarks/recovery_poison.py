# SPDX-License-Identifier: Apache-2.0
"""A storage driver of somebody else's that fails for the whole batch because of one event."""

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.recovery_place import Place
from ceilobatch.testing.notifications import generate
from tests.functional.letter_scene import Scene
from tests.functional.servers import wait_until

COUNT = 1000
MOST_EXTRA_CALLS = 25
ENTRY_POINTS = "[ceilobatch.storage]\nfragile = somebody_elses:Fragile\n"
METADATA = "Metadata-Version: 2.1\nName: somebody-elses\nVersion: 1.0\n"
DRIVER = '''
"""A driver that wants every event to have an instance id, and forgets that some have none."""

import os

from ceilobatch.model import Event
from ceilobatch.plugins.base import Storage
from ceilobatch.plugins.storage.sql import SqlStorage


class Fragile(Storage):
    options = SqlStorage.options

    def __init__(self, conf):
        super().__init__(conf)
        self._inner = SqlStorage(conf)

    def store(self, items):
        with open(os.environ["FRAGILE_CALLS"], "a") as calls:
            calls.write(f"{type(items[0]).__name__} {len(items)}\\n")
        if isinstance(items[0], Event):
            names = [one.message_id for one in items]
            if os.environ["FRAGILE_POISON"] in names:
                raise KeyError("instance_id")
        return self._inner.store(items)

    def probe(self):
        self._inner.probe()

    def close(self):
        self._inner.close()
'''


def poison(place: Place, position: int) -> dict[str, Any]:
    """One event in the place ``position`` of a batch of 1000."""
    made = list(generate(COUNT, seed=place.seed + position, mix={"nova": 1}))
    poisoned = str(made[position].body["message_id"])
    calls = place.directory / "calls"
    scene = place.scene(
        "file",
        changes={"storage": {"events": "fragile", "samples": "sql"}},
        batch_size=COUNT,
        batch_timeout=30,
    )
    with _installed(place.directory, FRAGILE_CALLS=str(calls), FRAGILE_POISON=poisoned):
        scene.start()
        scene.publish([one.envelope() for one in made])
        wait_until(lambda: len(scene.entries()) > 0, 60, "the letter")
        scene.wait_until_drained()
        scene.stop()
        return {"position": position, **_figures(scene, calls, poisoned)}


def _figures(scene: Scene, calls: Path, poisoned: str) -> dict[str, Any]:
    entries = scene.entries()
    sizes = [int(line.split()[1]) for line in calls.read_text().splitlines()]
    outcomes = scene.agent.read_log().rpartition("finished with ")[2].splitlines()[0]
    extra = len(sizes) - 1
    return {
        "first_call_has_items": sizes[0],
        "events": scene.stored.count("event"),
        "messages_metered": len(list(scene.stored.samples_by_message())),
        "letters": len(entries),
        "letter_is_the_culprit": [one.letter.message_id for one in entries] == [poisoned],
        "letter": [f"{one.letter.stage.value}: {one.letter.reason}" for one in entries],
        "extra_calls": extra,
        "bound_2_log2_n_plus_2": math.floor(2 * math.log2(COUNT) + 2),
        "few_enough": extra <= MOST_EXTRA_CALLS,
        "tracebacks_in_the_log": scene.agent.logged("Traceback"),
        "outcomes": outcomes,
        "verify_clean": scene.is_sound(),
        "ledger_balanced": scene.is_balanced(),
    }


@contextlib.contextmanager
def _installed(directory: Path, **environment: str) -> Iterator[None]:
    """The driver is where Python finds it, with its entry point, for processes started now."""
    site = directory / "site"
    metadata = site / "somebody_elses-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "somebody_elses.py").write_text(DRIVER)
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    (metadata / "METADATA").write_text(METADATA)
    before = dict(os.environ)
    os.environ.update(environment, PYTHONPATH=str(site))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
