# SPDX-License-Identifier: Apache-2.0
"""What a collector promises while its backend is away: no data and no answer are two things."""

import datetime
import random

from ceilobatch.testing.away import Away, expect_unavailable
from ceilobatch.testing.collector_scene import BEGIN, PERIOD, Asked, Gauge, expected
from ceilobatch.testing.reading import Reading
from ceilobatch.testing.tally import Tally

RETRYABLE = 0.4


class CollectorOutagePromises:
    """An empty answer advances the scope, for good; Unavailable never does."""

    def test_backend_that_is_away_is_unavailable_and_not_empty(
        self, gauge: Gauge, away: Away
    ) -> None:
        """Whatever is asked; and the same object goes on when it is back."""
        readings = [Reading("a", BEGIN, 7)]
        with gauge.over(readings) as asked:
            with away():
                _expect_unavailable(asked, BEGIN)
            assert asked.retrieve(["a"]) == expected(readings), (
                "the backend is back, and retrieve() does not answer what it has."
            )

    def test_every_reading_is_answered_once_though_the_backend_goes_away(
        self, gauge: Gauge, away: Away
    ) -> None:
        """At random, before some of the requests; what is Unavailable is asked again."""
        chance = random.Random(3)
        readings = [Reading("a", BEGIN + n * PERIOD, 1 + n) for n in range(20)]
        tally = Tally(expected(readings))
        with gauge.over(readings) as asked:
            for n in range(20):
                begin = BEGIN + n * PERIOD
                if chance.random() < RETRYABLE:
                    with away():
                        _expect_unavailable(asked, begin)
                for place in asked.retrieve(["a"], begin):
                    tally.note(place, "answered")
        tally.expect_conserved(once="answered")


def _expect_unavailable(asked: Asked, begin: datetime.datetime) -> None:
    expect_unavailable("retrieve()", lambda: asked.question(["a"], begin).ask(asked.collector))
