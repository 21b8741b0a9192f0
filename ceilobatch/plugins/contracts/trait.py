# SPDX-License-Identifier: Apache-2.0
"""The contract of trait plugins: what makes values of the fields that a trait matched."""

import abc
from collections.abc import Iterable, Sequence
from typing import Any


class TraitPlugin(abc.ABC):
    """Turns what a trait's fields matched into values (namespace ``ceilobatch.traits``).

    Constructed when definitions are loaded, once for each trait that names it, with the
    ``parameters`` of the definition as keyword arguments; wrong ones raise ``ValueError`` or
    ``TypeError`` with a sentence, and the definition file is refused. It has no options, no
    ``close``, and opens nothing. Each consuming thread has its own.
    """

    @abc.abstractmethod
    def trait_values(self, match_list: Sequence[tuple[str, Any]]) -> Iterable[Any]:
        """Values for the pairs of path and value that matched; called without any, too.

        Called once for each notification that the definition is for. The first value that is not
        None is used. Whatever it raises makes the message unconvertible: it goes to recovery.
        """
