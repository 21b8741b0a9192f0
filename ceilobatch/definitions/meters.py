# SPDX-License-Identifier: Apache-2.0
"""MeterDefinitions: the samples of a notification."""

from collections.abc import Sequence
from typing import NamedTuple

from ceilobatch.definitions import lookups, polling, singles
from ceilobatch.definitions.lookups import LookupMeter
from ceilobatch.definitions.match import Matches, Remembered
from ceilobatch.definitions.positions import numbered
from ceilobatch.definitions.singles import FixedMeter, VariedMeter
from ceilobatch.definitions.work import Maker, Subject, Work
from ceilobatch.message import Notification
from ceilobatch.model import MeterProblem, Sample


class MeterRule(NamedTuple):
    """A definition, compiled.

    :ivar definition: its name as it is written.
    :ivar subject: None for a meter with lookups.
    """

    definition: str
    matches: Matches
    meter: FixedMeter | VariedMeter | LookupMeter
    subject: Subject | None


class _Plan(NamedTuple):
    """What is done with an event type.

    :ivar single: no two samples can have the same name.
    """

    makers: tuple[Maker, ...]
    single: bool


class MeterDefinitions:
    """Makes samples by all the rules that match an event type.

    :param wanted: which meter names are.
    """

    def __init__(self, rules: Sequence[MeterRule], wanted: Matches) -> None:
        self._rules = rules
        self._wanted = Remembered(wanted).__getitem__
        self._plans = Remembered(self._plan)

    def convert(self, notification: Notification) -> tuple[list[Sample], list[MeterProblem]]:
        """The samples of a notification, and those that it promised but did not yield.

        A definition promises a sample by matching the event type; one with lookups promises
        one for each name that it finds.
        """
        plan = self._plans[notification.event_type]
        if plan is None:
            return [], []
        if notification.event_type == polling.POLLING:
            return polling.convert(notification, self._wanted)
        work = Work(notification)
        for make in plan.makers:
            make(work)
        return work.samples if plan.single else numbered(work.samples), work.problems

    def _plan(self, event_type: str) -> _Plan | None:
        if event_type == polling.POLLING:
            return _Plan((), single=True)
        rules = [rule for rule in self._rules if rule.matches(event_type)]
        makers = [*self._fixed(rules), *self._others(rules)]
        single = all(isinstance(rule.meter, FixedMeter) for rule in rules)
        return _Plan(tuple(makers), single) if makers else None

    def _fixed(self, rules: Sequence[MeterRule]) -> list[Maker]:
        """One maker for each subject."""
        meters: dict[Subject, list[FixedMeter]] = {}
        for rule in rules:
            meter, subject = rule.meter, rule.subject
            if subject and isinstance(meter, FixedMeter) and self._wanted(meter.name):
                meters.setdefault(subject, []).append(meter)
        return [singles.fixed(subject, alike) for subject, alike in meters.items()]

    def _others(self, rules: Sequence[MeterRule]) -> list[Maker]:
        makers = []
        for rule in rules:
            if isinstance(rule.meter, LookupMeter):
                makers.append(lookups.table(rule.meter, self._wanted))
            elif isinstance(rule.meter, VariedMeter) and rule.subject is not None:
                makers.append(singles.varied(rule.subject, rule.meter, self._wanted))
        return makers
