# SPDX-License-Identifier: Apache-2.0
"""What letters cost: batches with some against batches without, in turn."""

import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.recovery_place import Place
from ceilobatch import assembly, config
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.message import Delivery
from ceilobatch.plugins.base import Handler
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import (
    BrokenKind,
    GeneratedNotification,
    break_notification,
    generate,
)

SIZE = 1000
PAIRS = 25
WARM = 3
LETTERS = 10
KINDS = (BrokenKind.PAYLOAD_LIST, BrokenKind.NO_EVENT_TYPE, BrokenKind.BAD_TIMESTAMP)


class Spent(NamedTuple):
    """Milliseconds for one batch."""

    cpu: float
    wall: float


def cost(place: Place, backend: str) -> dict[str, Any]:
    """The whole handler into PostgreSQL, books included; medians."""
    scene = place.scene(backend)
    conf = config.load([str(scene.agent.file)])
    handler = assembly.build_handler(conf, CallRegistry(), "w0")
    spent: dict[int, list[Spent]] = {0: [], LETTERS: []}
    made = generate((PAIRS + WARM) * 2 * SIZE, seed=place.seed, mix={"nova": 1})
    try:
        handler.parts.books.start()
        for number in range(PAIRS + WARM):
            # Who goes first changes, so that neither gains by what the other has warmed up.
            for letters in (0, LETTERS) if number % 2 else (LETTERS, 0):
                one = _spent(handler, _batch(made, letters), letters)
                if number >= WARM:
                    spent[letters].append(one)
    finally:
        handler.close()
        handler.parts.close()
    return {"backend": backend, "batches_of_each": PAIRS, **_medians(spent)}


def _batch(made: Iterator[GeneratedNotification], letters: int) -> MessageBatch:
    batch = MessageBatch(Limits(SIZE, 1 << 30, 1e9))
    every = SIZE // letters if letters else SIZE + 1
    for place in range(SIZE):
        one = next(made)
        body = one.envelope()
        if place % every == every // 2 and letters:
            body = break_notification(one, KINDS[place // every % len(KINDS)]).wire
        batch.add(Delivery(body, exchange="nova", topic="notifications.info"))
    return batch


def _spent(handler: Handler, batch: MessageBatch, letters: int) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    entry = handler.parts.books.begin(batch)
    outcomes = handler.handle(batch)
    entry.close(outcomes)
    spent = Spent((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)
    assert outcomes.count(Outcome.RECOVERED) == letters
    assert len(outcomes) == SIZE
    return spent


def _medians(spent: dict[int, list[Spent]]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for field in Spent._fields:
        without, with_some = (
            [getattr(one, field) for one in spent[letters]] for letters in (0, LETTERS)
        )
        first, second = statistics.median(without), statistics.median(with_some)
        more = [after / before - 1 for before, after in zip(without, with_some, strict=True)]
        low, middle, high = statistics.quantiles(more, n=4)
        figures |= {
            f"{field}_ms_without": round(first, 1),
            f"{field}_ms_with_1_percent": round(second, 1),
            f"{field}_more_percent": round((second / first - 1) * 100, 1),
            # Of the pairs that ran next to each other, which a busy machine disturbs less.
            f"{field}_more_percent_quartiles": [round(one * 100, 1) for one in (low, middle, high)],
        }
    return figures
