# SPDX-License-Identifier: Apache-2.0
"""Meters of which a notification yields a sample for each of the names that it holds."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ceilobatch.definitions import attributes
from ceilobatch.definitions.chains import Body
from ceilobatch.definitions.match import Matches
from ceilobatch.definitions.metadata import MetadataRule
from ceilobatch.definitions.work import Maker, Work
from ceilobatch.model import MeterProblem, Sample

Column = Callable[[Body], list[Any]]
Row = Mapping[str, Any]


class LookupMeter(NamedTuple):
    """The columns of a table that has a sample in each row.

    :ivar definition: its name as it is written.
    :ivar columns: by attribute; each gives all of its values.
    :ivar lookup: the attributes that have a value of their own in each row; another one may
        have a single value for all.
    """

    definition: str
    columns: Mapping[str, Column]
    lookup: frozenset[str]
    metadata: MetadataRule


def table(meter: LookupMeter, wanted: Matches) -> Maker:
    """Measures the rows whose names are wanted."""

    def make(work: Work) -> None:
        try:
            rows = _rows(meter, work.body)
        except ValueError as error:
            work.problems.append(MeterProblem(meter.definition, str(error)))
            return
        for row in rows:
            name = meter.definition
            try:
                name = attributes.name(row["name"])
                if wanted(name):
                    work.samples.append(_sample(work, name, row, meter.metadata))
            except ValueError as error:
                work.problems.append(MeterProblem(name, str(error)))

    return make


def _rows(meter: LookupMeter, body: Body) -> list[Row]:
    columns = {key: column(body) for key, column in meter.columns.items()}
    count = len(columns["name"])
    if not count and not any(columns[key] for key in meter.lookup & columns.keys()):
        return []
    for key, values in columns.items():
        if len(values) != count and (len(values) != 1 or key in meter.lookup):
            raise attributes.Unusable(
                f"{key} has {len(values)} values where name has {count}: no sample is made"
            )
    repeated = [
        values if len(values) == count else itertools.repeat(values[0], count)
        for values in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*repeated, strict=True)]


def _sample(work: Work, name: str, row: Row, metadata: MetadataRule) -> Sample:
    return Sample(
        message_id=work.notification.message_id,
        name=name,
        position=0,
        type=attributes.sample_type(row["type"]),
        unit=attributes.unit(row["unit"]),
        volume=attributes.volume(row["volume"]),
        user_id=attributes.identifier("user_id", row["user_id"]),
        project_id=attributes.identifier("project_id", row["project_id"]),
        resource_id=attributes.identifier("resource_id", row["resource_id"]),
        timestamp=attributes.timestamp(row["timestamp"], work.notification.timestamp),
        metadata=work.metadata(metadata),
    )
