# SPDX-License-Identifier: Apache-2.0
"""Statement: one row of what ``ceilobatch check delivery`` says, and the words it uses."""

from typing import NamedTuple

ONCE = "exactly once, counted by identity"
AT_LEAST_ONCE = "at least once"
AT_MOST_ONCE = "at most once"
NOT_KEPT = "not kept"
LOSES = "could lose"
DOUBLES = "could double"


class Statement(NamedTuple):
    """One row.

    :ivar what: what it is about, such as ``events in sql``.
    :ivar verdict: what is guaranteed, or ``could lose``, ``could double``.
    :ivar why: the reason, and for a danger what to do about it.
    """

    what: str
    verdict: str
    why: str
