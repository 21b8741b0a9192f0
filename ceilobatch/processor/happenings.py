# SPDX-License-Identifier: Apache-2.0
"""What the threads of a worker tell its conductor, through one queue, in the order it happened."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ceilobatch.plugins.processing import Retrieved
from ceilobatch.processor.request import Request
from ceilobatch.processor.track import Range, Track
from ceilobatch.usage import Order, ScopeState


class Answered(NamedTuple):
    """A request came back; ``elapsed`` in nanoseconds. One of the last three is not None."""

    request: Request
    elapsed: int
    retrieved: Retrieved | None = None
    caught_up: "CaughtUp | None" = None
    error: Exception | None = None


class CaughtUp(NamedTuple):
    """Scopes of which the backend has everything; ``known`` is false where it cannot tell."""

    known: bool
    scopes: Collection[str] = ()


class Stored(NamedTuple):
    """The first ranges of a track are stored; with its order as it is now, if it has one."""

    track: Track
    ranges: Sequence[Range]
    order: Order | None


class NotStored(NamedTuple):
    """They are not: somebody else has moved the scope (``error`` is None), or a handler failed."""

    track: Track
    ranges: Sequence[Range]
    error: str | None


class Planned(NamedTuple):
    """What this worker is to do.

    :ivar states: of the scopes that are this worker's now, claimed ones included.
    :ivar known: every scope that there is a state of.
    :ivar elapsed: seconds that planning took.
    """

    states: Sequence[ScopeState]
    orders: Sequence[Order]
    known: Collection[str]
    elapsed: float


class Discovered(NamedTuple):
    """The scopes that there are (None: not all sources answered), and when new ones begin."""

    scopes: Collection[str] | None
    starts: Mapping[str, datetime.datetime]


class Wake(NamedTuple):
    """Somebody wants the conductor to look whether it shall stop."""


class Repartitioned(NamedTuple):
    """Scopes may have other owners now."""


Happening = Answered | Stored | NotStored | Planned | Discovered | Repartitioned | Wake
