# SPDX-License-Identifier: Apache-2.0
"""What a collector promises of its answers: what belongs where, and that nothing is doubled."""

import datetime
import random
from collections.abc import Sequence

from ceilobatch.testing.collector_scene import (
    BEGIN,
    PERIOD,
    Asked,
    Gauge,
    Values,
    expected,
)
from ceilobatch.testing.reading import Reading
from ceilobatch.testing.tally import Tally


class CuttingPromises:
    """Periods begin and end exactly, scopes and groups are kept apart."""

    def test_declared_width_makes_sense(self, gauge: Gauge) -> None:
        """The processor asks as widely as that."""
        with gauge.over([]) as asked:
            declared = asked.collector.characteristics
        for name, width in (("periods", declared.periods), ("scopes", declared.scopes)):
            assert width is None or width >= 1, (
                f"{name} is {width}: at least 1, or None for any number."
            )

    def test_reading_at_the_begin_belongs_to_the_period(self, gauge: Gauge) -> None:
        """And that at the end to the next."""
        readings = [Reading("a", BEGIN + n * PERIOD, 10 + n) for n in range(-1, 3)]
        self._expect_cut(gauge, readings)

    def test_last_reading_before_the_end_belongs_to_the_period(self, gauge: Gauge) -> None:
        """As late as the backend can tell it from the end."""
        last = PERIOD - gauge.resolution
        readings = [Reading("a", BEGIN + n * PERIOD + last, 20 + n) for n in range(-1, 3)]
        self._expect_cut(gauge, readings)

    def _expect_cut(self, gauge: Gauge, readings: Sequence[Reading]) -> None:
        with gauge.over(readings) as asked:
            for n in range(2):
                begin = BEGIN + n * PERIOD
                mine = [one for one in readings if begin <= one.moment < begin + PERIOD]
                found = asked.retrieve(["a"], begin)
                assert found == expected(mine), (
                    f"the period from {begin} has the reading {_told(expected(mine))}, and "
                    f"retrieve() answered {_told(found)}: a period begins with its begin and ends "
                    "before its end, to the instant."
                )

    def test_nothing_there_is_missing_from_the_answer(self, gauge: Gauge) -> None:
        """A scope without readings, one that nobody knows, and a period before all of them."""
        with gauge.over([Reading("a", BEGIN, 1)]) as asked:
            for scopes, begin in ((["b"], BEGIN), (["a"], BEGIN - 10 * PERIOD)):
                assert asked.retrieve(scopes, begin) == {}, (
                    "retrieve() answers points where the backend has none: a pair that is missing "
                    "from the answer has truly nothing."
                )

    def test_scopes_and_groups_are_kept_apart(self, gauge: Gauge) -> None:
        """One by one, and those that differ in case."""
        readings = [
            Reading(scope, BEGIN, number, resource)
            for number, (scope, resource) in enumerate(
                (scope, resource) for scope in ("a", "A", "b") for resource in ("one", "two")
            )
        ]
        with gauge.over(readings) as asked:
            for scope in ("a", "A", "b"):
                mine = expected([one for one in readings if one.scope == scope])
                assert asked.retrieve([scope]) == mine, (
                    f"the answer for the scope {scope!r} has not just its own readings, each "
                    "under its own groupby."
                )

    def test_wide_request_answers_what_narrow_ones_do(self, gauge: Gauge) -> None:
        """As many periods and scopes at once as are declared."""
        readings = _field(6, 8)
        with gauge.over(readings) as asked:
            periods, names = asked.periods, _names(asked.scopes)
            wide = asked.retrieve(names, BEGIN, periods)
            narrow: Values = {}
            for scope in names[:6]:
                for n in range(min(periods, 9)):
                    narrow.update(asked.retrieve([scope], BEGIN + n * PERIOD))
        unlike = _told(_unlike(wide, narrow))
        assert wide == narrow, (
            f"a request for {periods} periods and {len(names)} scopes, as wide as the "
            f"characteristics allow, and the same one by one differ: {unlike}."
        )

    def test_asking_again_answers_the_same(self, gauge: Gauge) -> None:
        """A second look, a restart, a reprocessing: reading consumes nothing."""
        with gauge.over(_field(2, 1)) as asked:
            assert asked.retrieve(["scope-00"]) == asked.retrieve(["scope-00"]) != {}, (
                "the same question got another answer the second time."
            )

    def test_every_reading_is_answered_once(self, gauge: Gauge) -> None:
        """Requests of any width that cover everything: generated = answered."""
        readings = _field(7, 24)
        tally = Tally(expected(readings))
        with gauge.over(readings) as asked:
            for scopes, begin, periods in _tiles(asked, 7, 24):
                for place in asked.retrieve(scopes, begin, periods):
                    tally.note(place, "answered")
        tally.expect_conserved(once="answered")

    def test_first_is_not_later_than_the_first_reading(self, gauge: Gauge) -> None:
        """A new scope begins there; what is before is never looked at."""
        readings = [
            Reading("a", BEGIN + 3 * PERIOD, 1),
            Reading("a", BEGIN + 5 * PERIOD, 1),
            Reading("b", BEGIN + 4 * PERIOD, 1),
        ]
        with gauge.over(readings) as asked:
            found = asked.collector.first(["a", "b", "nobody"])
        for scope, due in (("a", 3), ("b", 4)):
            moment = found.get(scope, BEGIN)
            assert moment.utcoffset() is not None, "first() answered a time without a zone."
            assert moment <= BEGIN + due * PERIOD, (
                f"first() says that the data of {scope!r} begins at {moment}, later than its first "
                "reading: usage before that would never be seen."
            )
        assert "nobody" not in found, "first() tells a time for a scope without any data."

    def test_caught_up_names_scopes_that_were_asked_for(self, gauge: Gauge) -> None:
        """Or None, where the backend cannot tell."""
        with gauge.over([Reading("a", BEGIN, 1)]) as asked:
            found = asked.collector.caught_up([asked.metric], ["a", "b"])
        assert found is None or set(found) <= {"a", "b"}, (
            f"caught_up() names scopes that were not asked for: {found!r}."
        )


def _field(scopes: int, periods: int) -> list[Reading]:
    """A value of its own for every scope and period."""
    return [
        Reading(scope, BEGIN + n * PERIOD, 1 + 1000 * place + n)
        for place, scope in enumerate(_names(scopes))
        for n in range(periods)
    ]


def _names(count: int) -> list[str]:
    return [f"scope-{number:02}" for number in range(count)]


def _tiles(
    asked: Asked, scopes: int, periods: int
) -> list[tuple[list[str], datetime.datetime, int]]:
    """Requests that cover a field exactly, none wider than declared."""
    chance, tiles = random.Random(7), []
    names = _names(scopes)
    while names:
        some = names[: chance.randint(1, asked.scopes)]
        names = names[len(some) :]
        done = 0
        while done < periods:
            width = min(chance.randint(1, asked.periods), periods - done)
            tiles.append((some, BEGIN + done * PERIOD, width))
            done += width
    return tiles


def _unlike(one: Values, other: Values) -> Values:
    return {
        place: value
        for place, value in one.items() | other.items()
        if place not in one or place not in other or one[place] != other[place]
    }


def _told(values: Values) -> str:
    """The first few values, readable."""
    told = [f"{value:g} of {scope} at {begin:%H:%M}" for (scope, begin, _), value in values.items()]
    return "; ".join(sorted(told)[:4]) or "nothing"
