# SPDX-License-Identifier: Apache-2.0
"""Commands that list, correct, replay and discard letters again and again while they come."""

import concurrent.futures
import threading
from collections import Counter
from collections.abc import Callable

from .letter_scene import Scene


class Crowd:
    """Three people at work until told to stop; letters come to both of them at a time.

    :ivar figures: how often each command ended, and what the replays and discards said.
    :ivar mistakes: what a list or an exit code showed that it must not.
    """

    def __init__(self, scene: Scene) -> None:
        self.figures: Counter[str] = Counter()
        self.mistakes: list[str] = []
        self._scene = scene
        self._listed: set[str] = set()
        self._stop = threading.Event()
        self._threads = concurrent.futures.ThreadPoolExecutor(3)
        people = (self._list, self._replay, self._discard)
        self._people = [self._threads.submit(self._again, one) for one in people]

    def stop(self) -> None:
        """Let each finish the command in hand; raises what failed."""
        self._stop.set()
        self._threads.shutdown()
        for one in self._people:
            one.result()

    def _again(self, work: Callable[[], None]) -> None:
        while not self._stop.is_set():
            work()

    def _list(self) -> None:
        rows = self._scene.rows("recovery", "list", "--status", "all")
        ids = [str(row["id"]) for row in rows]
        self.figures["list"] += 1
        if len(ids) != len(set(ids)):
            self.mistakes.append("a letter was listed twice")
        if missing := self._listed.difference(ids):
            self.mistakes.append(f"{len(missing)} letters were listed before and are not now")
        self._listed.update(ids)

    def _replay(self) -> None:
        self._check("edit", self._scene.correct())
        said = self._scene.replay()
        self.figures["replay"] += 1
        self.figures.update({f"replay: {name}": count for name, count in said.items()})

    def _discard(self) -> None:
        """The newest, which are those that the others have in hand."""
        rows = self._scene.rows(
            *("recovery", "discard", "--all", "--newer-than", "0.2s"),
            *("--why", "nobody needs it", "--yes"),
        )
        self.figures["discard"] += 1
        self.figures.update(f"discard: {str(row['result']).partition(':')[0]}" for row in rows)

    def _check(self, command: str, code: int) -> None:
        self.figures[command] += 1
        if code not in (0, 1):  # 1 says that somebody else was faster
            self.mistakes.append(f"{command} ended with {code}")
