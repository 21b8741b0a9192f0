# SPDX-License-Identifier: Apache-2.0
"""Injector: carries out the steps of a timeline of faults; what they are is for others to say."""

import abc
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

Act = Callable[[], object]


class Step(NamedTuple):
    """One act; ``wait`` seconds after the one before.

    :ivar begins: whether a fault begins; false where a lasting one ends.
    """

    wait: float
    fault: str
    begins: bool


class Injector(abc.ABC):
    """One of a chaos run.

    :ivar done: faults that were injected, by kind.
    """

    def __init__(self, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self.active: set[str] = set()
        self.chance = random.Random(f"victims {seed}")
        self._acting = threading.Event()

    @property
    def in_force(self) -> bool:
        """Whether anything is broken on purpose right now."""
        return bool(self.active) or self._acting.is_set()

    def act(self, step: Step) -> None:
        """Inject a fault, or end it and wait until what it broke answers again."""
        self._acting.set()
        if step.begins:
            self.done[step.fault] += 1
            if step.fault in self.ends:
                self.active.add(step.fault)
            self.begins()[step.fault]()
        else:
            self.ends[step.fault]()
            self.active.discard(step.fault)
        self._acting.clear()

    @abc.abstractmethod
    def begins(self) -> Mapping[str, Act]:
        """How each fault begins, chosen anew for each one."""

    @property
    @abc.abstractmethod
    def ends(self) -> Mapping[str, Act]:
        """How those end that last."""
