# SPDX-License-Identifier: Apache-2.0
"""Calendar: which periods there are, and up to when they may be processed."""

import datetime
from collections.abc import Callable, Iterator

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def utc_now() -> datetime.datetime:
    """The time, aware, UTC."""
    return datetime.datetime.now(datetime.UTC)


class Calendar:
    """Periods begin at whole multiples of their length since 1970, so that no delay adds up.

    :param period: the length of a period.
    :param wait_periods: how many periods after its end a period is taken for complete.
    :param settle: how long after its end nobody asks for it in any case.
    :param revisit_periods: how many periods after its end it is looked at again; 0: never.
    """

    def __init__(
        self,
        period: datetime.timedelta,
        wait_periods: int,
        settle: datetime.timedelta,
        revisit_periods: int,
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        self.period = period
        self.now = now
        self._wait = max(wait_periods * period, settle)
        self._settle = settle
        self._revisit = revisit_periods * period

    def floor(self, moment: datetime.datetime) -> datetime.datetime:
        """The begin of the period that a moment is in."""
        return moment - (moment - EPOCH) % self.period

    def ceiling(self, moment: datetime.datetime) -> datetime.datetime:
        """The first begin of a period that is not before a moment."""
        return moment + (EPOCH - moment) % self.period

    def begins(
        self, begin: datetime.datetime, end: datetime.datetime
    ) -> Iterator[datetime.datetime]:
        """The begins of the periods of a span."""
        while begin < end:
            yield begin
            begin += self.period

    def count(self, begin: datetime.datetime, end: datetime.datetime) -> int:
        """How many periods a span has; negative where it is upside down."""
        return (end - begin) // self.period

    def complete(self) -> datetime.datetime:
        """Up to when data is taken for complete, whatever the backend says of itself."""
        return self.floor(self.now() - self._wait)

    def ended(self) -> datetime.datetime:
        """Up to when periods are over and data may be complete, if the backend says so."""
        return self.floor(self.now() - self._settle)

    def past_second_look(self) -> datetime.datetime:
        """Up to when periods are old enough for the second look, or need none any more."""
        return self.floor(self.now() - self._revisit)

    @property
    def looks_again(self) -> bool:
        """Whether there is a second look."""
        return bool(self._revisit)
