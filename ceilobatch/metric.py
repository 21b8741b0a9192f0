# SPDX-License-Identifier: Apache-2.0
"""Metric: what the processor retrieves and how a quantity is made of it; from ``metrics.yml``."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


class Mutation(enum.Enum):
    """What is done to a quantity after factor and offset."""

    NONE = "NONE"
    NUMBOOL = "NUMBOOL"
    NOTNUMBOOL = "NOTNUMBOOL"
    FLOOR = "FLOOR"
    CEIL = "CEIL"
    MAP = "MAP"


@dataclass(frozen=True)
class Metric:
    """One mapping of a metric file, checked.

    :ivar name: what the collector knows it by.
    :ivar unit: of the quantity.
    :ivar alt_name: what usage is stored under; the name where the file gives none. No two
        metrics of a file have the same.
    :ivar factor: the value is multiplied by it, exactly.
    :ivar offset: and then this is added.
    :ivar groupby: attributes by which points are kept apart.
    :ivar metadata: attributes that are told along.
    :ivar mutate_map: values before and after, for ``MAP``; what is not in it becomes 0.
    :ivar extra_args: of the collector, as it has checked them.
    :ivar place: file and key, for messages.
    """

    name: str
    unit: str
    alt_name: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    groupby: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    mutate: Mutation = Mutation.NONE
    mutate_map: Mapping[Fraction, Fraction] = field(default_factory=dict)
    extra_args: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """What tells this metric from every other of its file."""
        return self.alt_name
