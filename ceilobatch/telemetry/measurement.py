# SPDX-License-Identifier: Apache-2.0
"""Measurement: what one figure is called, what it counts, and how figures of several add up."""

import enum
from typing import NamedTuple


class Kind(enum.Enum):
    """What a figure does in the course of time."""

    COUNTER = "counter"
    GAUGE = "gauge"
    TIME = "time"


class Merge(enum.Enum):
    """What becomes of the gauges of several threads when they are told as one."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"


class Measurement(NamedTuple):
    """A declaration; every view and the reference in the documentation are made from these.

    :ivar name: dotted, without the prefix, such as ``requests.received``.
    :ivar unit: what one of it is; times are told in nanoseconds inside, and as every view says.
    :ivar sentence: what it means, for operators.
    :ivar dimensions: its own ones, besides service, hostname, pool, process and thread.
    :ivar levels: also told of each process and of the whole instance.
    :ivar merge: for gauges.
    """

    name: str
    kind: Kind
    unit: str
    sentence: str
    dimensions: tuple[str, ...] = ()
    levels: bool = False
    merge: Merge = Merge.SUM
