# SPDX-License-Identifier: Apache-2.0
"""The trait plugin ``map``: other values for the values sent."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from ceilobatch.plugins.base import TraitPlugin
from ceilobatch.plugins.traits.parameters import ignored


class Map(TraitPlugin):
    """Looks each value up in a table.

    :param values: the table; it must not be empty.
    :param default: for a value that is not in the table.
    :param case_sensitive: whether texts are looked up as they are.
    """

    def __init__(
        self,
        values: Mapping[Any, Any] | None = None,
        default: Any = None,
        case_sensitive: bool = True,
        **unknown: Any,
    ) -> None:
        if not values or not isinstance(values, Mapping):
            raise ValueError("values is required, a mapping of values to values")
        ignored("map", unknown)
        self._fold = not case_sensitive
        self._values = {self._key(value): mapped for value, mapped in values.items()}
        self._default = default

    def trait_values(self, match_list: Sequence[tuple[str, Any]]) -> list[Any]:
        """What stands in the table for each value."""
        return [self._mapped(value) for _, value in match_list]

    def _mapped(self, value: Any) -> Any:
        if not isinstance(value, Hashable):
            return self._default
        return self._values.get(self._key(value), self._default)

    def _key(self, value: Any) -> Any:
        return value.casefold() if self._fold and isinstance(value, str) else value
