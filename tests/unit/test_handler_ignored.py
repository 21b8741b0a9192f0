# SPDX-License-Identifier: Apache-2.0
"""What a storage driver ignores is neither stored nor a letter."""

from collections.abc import Sequence

from ceilobatch.batch import Outcome
from ceilobatch.model import IGNORED, Event, Result, Sample
from ceilobatch.plugins.handlers.notification import MetersHandler
from ceilobatch.testing.memory import MemoryStorage

from .test_handler import batch_of, make
from .wire import envelope


class Indifferent(MemoryStorage):
    """Ignores the samples of some meters."""

    def __init__(self, *ignored: str) -> None:
        super().__init__()
        self.ignored = ignored

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Store what is not ignored."""
        results = super().store(items)
        return [
            IGNORED if isinstance(item, Sample) and item.name in self.ignored else result
            for item, result in zip(items, results, strict=True)
        ]


def test_message_of_which_storage_ignores_everything_is_ignored() -> None:
    handler = make(MetersHandler, samples=Indifferent("size", "count"))
    assert handler.handle(batch_of(envelope())) == [Outcome.IGNORED]
    assert handler.parts.recovery.kept == []


def test_message_of_which_storage_ignores_a_part_is_stored() -> None:
    handler = make(MetersHandler, samples=Indifferent("size"))
    assert handler.handle(batch_of(envelope())) == [Outcome.STORED]
    assert handler.parts.recovery.kept == []
