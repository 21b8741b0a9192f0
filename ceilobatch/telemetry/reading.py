# SPDX-License-Identifier: Apache-2.0
"""Reading: one figure of a worker at one moment."""

from collections.abc import Mapping
from typing import NamedTuple

from ceilobatch.telemetry.spread import Spread, SpreadFigures

Dimensions = Mapping[str, str]


class Reading(NamedTuple):
    """What :class:`~ceilobatch.process.Work` tells of itself when asked.

    :ivar name: of a declared measurement.
    :ivar dimensions: its own, and ``thread``; never an id of a process, message or resource.
    :ivar value: counters count from the start of the process; times are given as they run.
    """

    name: str
    dimensions: Dimensions
    value: float | Spread


class Kept(NamedTuple):
    """A reading that does not change any more."""

    name: str
    dimensions: Dimensions
    value: float | SpreadFigures
