# SPDX-License-Identifier: Apache-2.0
"""Bisection: a plugin that fails for a whole batch is narrowed down to the item it fails for."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from oslo_log import log

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.model import Result, rejected

LOG = log.getLogger(__name__)
Item = TypeVar("Item")
Answer = TypeVar("Answer")


def store_isolating(
    store: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item]
) -> list[Result]:
    """Store a batch; where the driver raises what it must not, the culprits are rejected alone.

    One culprit among n items costs at most ``2 * log2(n) + 2`` calls more than none.

    :raises Unavailable: as the driver does.
    """
    return _isolate(store, items, lambda _, error: rejected(f"{type(error).__name__}: {error}"))


def handle_isolating(
    handle: Callable[[MessageBatch], list[Outcome]],
    batch: MessageBatch,
    on_culprit: Callable[[MessageBatch, Exception], Outcome],
) -> list[Outcome]:
    """Handle a batch; where the handler raises what it must not, each culprit is singled out.

    :param on_culprit: given a batch of one and the error, decides its outcome.
    :raises Unavailable: as the handler or ``on_culprit`` does.
    """
    return _isolate(
        lambda deliveries: handle(batch.part(deliveries)),
        batch.deliveries,
        lambda delivery, error: on_culprit(batch.part([delivery]), error),
    )


def _isolate(
    call: Callable[[Sequence[Item]], list[Answer]],
    items: Sequence[Item],
    on_culprit: Callable[[Item, Exception], Answer],
) -> list[Answer]:
    try:
        answers = call(items)
        if len(answers) == len(items):
            return answers
        raise RuntimeError(f"{len(answers)} answers for {len(items)} items")
    except errors.Unavailable:
        raise
    except Exception as error:
        if len(items) == 1:
            LOG.exception("A plugin failed for one item, which goes to recovery")
            return [on_culprit(items[0], error)]
    middle = len(items) // 2
    first = _isolate(call, items[:middle], on_culprit)
    return first + _isolate(call, items[middle:], on_culprit)
