# SPDX-License-Identifier: Apache-2.0
"""The trait plugin ``timedelta``: the seconds between two times."""

from collections.abc import Sequence
from typing import Any

from ceilobatch.definitions.convert import moment
from ceilobatch.plugins.base import TraitPlugin
from ceilobatch.plugins.traits.parameters import ignored


class Timedelta(TraitPlugin):
    """Takes the difference of exactly two times in ISO 8601, in either order."""

    def __init__(self, **unknown: Any) -> None:
        ignored("timedelta", unknown)

    def trait_values(self, match_list: Sequence[tuple[str, Any]]) -> list[float]:
        """Seconds, never negative; nothing where there are not two times.

        :raises ValueError: one of two texts is not a time.
        """
        if len(match_list) != 2:
            return []
        begin, end = (moment(value) for _, value in match_list)
        if begin is None or end is None:
            return []
        return [abs((end - begin).total_seconds())]
