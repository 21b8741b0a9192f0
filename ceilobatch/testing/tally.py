# SPDX-License-Identifier: Apache-2.0
"""Tally: what became of each unique id that was driven through a part, and whether it adds up."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable


class Tally:
    """Counts outcomes by id.

    :ivar generated: every id that was made.
    """

    def __init__(self, generated: Iterable[Hashable]) -> None:
        self.generated = list(generated)
        self._outcomes: dict[Hashable, Counter[str]] = defaultdict(Counter)

    def note(self, unique_id: Hashable, outcome: str) -> None:
        """One outcome of an id."""
        self._outcomes[unique_id][outcome] += 1

    def with_outcome(self, *outcomes: str) -> list[Hashable]:
        """The ids that had one of the outcomes at least once."""
        return [
            one
            for one in self.generated
            if any(self._outcomes[one][outcome] for outcome in outcomes)
        ]

    def expect_conserved(self, once: str = "") -> None:
        """Each id has an outcome, and no id that nobody made has one.

        :param once: an outcome that no id may have twice.
        """
        without = [one for one in self.generated if not self._outcomes[one]]
        assert not without, (
            f"{len(self.generated)} ids were generated and {len(without)} have no outcome, such "
            f"as {without[0]!r}: generated must be the sum of all outcomes."
        )
        strange = set(self._outcomes) - set(self.generated)
        assert not strange, f"ids that nobody generated have outcomes: {strange!r}."
        doubled = [one for one in self.generated if self._outcomes[one][once] > 1]
        assert not doubled, (
            f"{len(doubled)} ids were answered {once.upper()} more than once, such as "
            f"{doubled[0]!r}: what comes twice was counted, or stored, twice."
        )
