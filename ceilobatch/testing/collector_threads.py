# SPDX-License-Identifier: Apache-2.0
"""What a collector promises when many threads ask it at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

from ceilobatch.testing.collector_scene import (
    BEGIN,
    PERIOD,
    THREADS,
    Gauge,
    Values,
    expected,
)
from ceilobatch.testing.reading import Reading

ROUNDS = 4


class ThreadPromises:
    """One object in each worker process, and all threads of the pool call it."""

    def test_threads_at_the_same_time_get_their_own_answers(self, gauge: Gauge) -> None:
        """Each thread asks for a scope of its own, all at one moment, several times."""
        readings = [
            Reading(f"scope-{number:02}", BEGIN + n * PERIOD, 1 + 100 * number + n)
            for number in range(THREADS)
            for n in range(ROUNDS)
        ]
        with gauge.over(readings) as asked, ThreadPoolExecutor(THREADS) as threads:
            ready = threading.Barrier(THREADS)

            def ask(number: int) -> list[Values]:
                ready.wait(timeout=60)
                return [
                    asked.retrieve([f"scope-{number:02}"], BEGIN + n * PERIOD)
                    for n in range(ROUNDS)
                ]

            answers = list(threads.map(ask, range(THREADS)))
        for number, found in enumerate(answers):
            mine = [one for one in readings if one.scope == f"scope-{number:02}"]
            due = [expected([one]) for one in mine]
            assert found == due, (
                f"with {THREADS} threads asking at the same time, one got an answer that is not "
                "to its question: retrieve() is called from many threads at a time, and must not "
                "keep anything of a call in the object."
            )
