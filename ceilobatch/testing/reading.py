# SPDX-License-Identifier: Apache-2.0
"""Reading: one value that a backend of metrics is given."""

import datetime
from typing import NamedTuple


class Reading(NamedTuple):
    """One value that the backend has of the metric.

    :ivar scope: what owns it (``[processor] scope_key``, a project as a rule).
    :ivar moment: aware, UTC.
    :ivar resource_id: the attribute of ``groupby``.
    """

    scope: str
    moment: datetime.datetime
    value: int
    resource_id: str = "resource"
