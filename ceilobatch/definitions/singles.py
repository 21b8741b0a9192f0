# SPDX-License-Identifier: Apache-2.0
"""Meters of which a notification yields one sample."""

from collections.abc import Sequence
from typing import NamedTuple

from ceilobatch.definitions import attributes
from ceilobatch.definitions.chains import Body, Getter
from ceilobatch.definitions.convert import INT_MAX, INT_MIN
from ceilobatch.definitions.match import Matches
from ceilobatch.definitions.work import Maker, Subject, Work
from ceilobatch.model import MeterProblem, Sample, SampleType


class FixedMeter(NamedTuple):
    """A meter whose name, type and unit are always the same."""

    name: str
    type: SampleType
    unit: str
    volume: Getter


class VariedMeter(NamedTuple):
    """A meter whose name or unit stands in the notification.

    :ivar definition: its name as it is written.
    """

    definition: str
    name: Getter
    type: SampleType
    unit: Getter
    volume: Getter


def fixed(subject: Subject, meters: Sequence[FixedMeter]) -> Maker:
    """Measures all fixed meters of one subject."""

    def make(work: Work) -> None:
        body = work.body
        message_id = work.notification.message_id
        try:
            user, project, resource, when = subject.owner(body, work.notification.timestamp)
        except ValueError as error:
            work.problems += [MeterProblem(meter.name, str(error)) for meter in meters]
            return
        metadata = work.metadata(subject.metadata)
        add, new = work.samples.append, tuple.__new__
        for name, kind, unit, get in meters:
            try:
                volume = get(body)
                if type(volume) is not int or not INT_MIN <= volume <= INT_MAX:
                    volume = attributes.volume(volume)
            except ValueError as error:
                work.problems.append(MeterProblem(name, str(error)))
                continue
            # What Sample(...) does, without the call that it costs to name the fields.
            about = user, project, resource, when, metadata
            add(new(Sample, (message_id, name, 0, kind, unit, volume, *about)))

    return make


def varied(subject: Subject, meter: VariedMeter, wanted: Matches) -> Maker:
    """Measures one varied meter, where its name is wanted."""

    def make(work: Work) -> None:
        name = meter.definition
        try:
            name = attributes.name(meter.name(work.body))
            if wanted(name):
                work.samples.append(_sample(work, subject, name, meter))
        except ValueError as error:
            work.problems.append(MeterProblem(name, str(error)))

    return make


def _sample(work: Work, subject: Subject, name: str, meter: VariedMeter) -> Sample:
    body: Body = work.body
    owner = subject.owner(body, work.notification.timestamp)
    unit = attributes.unit(meter.unit(body))
    volume = attributes.volume(meter.volume(body))
    metadata = work.metadata(subject.metadata)
    message_id = work.notification.message_id
    return Sample(message_id, name, 0, meter.type, unit, volume, *owner, metadata)
