# SPDX-License-Identifier: Apache-2.0
"""The trait plugin ``split``: one part of a text."""

from collections.abc import Sequence
from typing import Any

from ceilobatch.plugins.base import TraitPlugin
from ceilobatch.plugins.traits.parameters import ignored


class Split(TraitPlugin):
    """Takes one segment of each value.

    :param separator: what stands between the segments.
    :param segment: which one, counted from 0, or from the end where negative.
    :param max_split: how many separators count at most; None for all.
    """

    def __init__(
        self,
        separator: str = ".",
        segment: int = 0,
        max_split: int | None = None,
        **unknown: Any,
    ) -> None:
        if not isinstance(separator, str) or not separator:
            raise ValueError(f"separator is {separator!r}, not a text")
        ignored("split", unknown)
        self._separator = separator
        self._segment = int(segment)
        self._limit = -1 if max_split is None else int(max_split)

    def trait_values(self, match_list: Sequence[tuple[str, Any]]) -> list[str | None]:
        """The segment of each value, None for a value that has not so many."""
        return [self._segment_of(str(value)) for _, value in match_list]

    def _segment_of(self, value: str) -> str | None:
        segments = value.split(self._separator, self._limit)
        try:
            return segments[self._segment]
        except IndexError:
            return None
