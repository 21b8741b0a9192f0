# SPDX-License-Identifier: Apache-2.0
"""The trait plugin ``bitfield``: flags put together to a number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ceilobatch.plugins.base import TraitPlugin
from ceilobatch.plugins.traits.parameters import ignored


class _Flag(NamedTuple):
    """A bit, set where a path has the value, or any where no value is asked for."""

    path: str
    mask: int
    any_value: bool
    value: Any


class Bitfield(TraitPlugin):
    """Sets the bits of the flags whose paths matched.

    :param initial_bitfield: the bits that are set anyway.
    :param flags: mappings of ``path``, as it matched, without ``$``; ``bit``, counted from 0;
        and ``value``, without which every value sets the bit.
    """

    def __init__(
        self,
        initial_bitfield: int = 0,
        flags: Iterable[Mapping[str, Any]] | None = None,
        **unknown: Any,
    ) -> None:
        ignored("bitfield", unknown)
        self._initial = int(initial_bitfield)
        self._flags = [_flag(flag) for flag in flags or ()]

    def trait_values(self, match_list: Sequence[tuple[str, Any]]) -> list[int]:
        """One number, also where nothing matched."""
        matches = dict(match_list)
        bits = self._initial
        for flag in self._flags:
            if flag.path in matches and (flag.any_value or matches[flag.path] == flag.value):
                bits |= flag.mask
        return [bits]


def _flag(flag: Mapping[str, Any]) -> _Flag:
    if not isinstance(flag, Mapping) or not {"path", "bit"} <= flag.keys():
        raise ValueError(f"a flag needs a path and a bit, this has not: {flag!r}")
    bit = int(flag["bit"])
    if bit < 0:
        raise ValueError(f"there is no bit {bit}")
    return _Flag(str(flag["path"]), 1 << bit, "value" not in flag, flag.get("value"))
