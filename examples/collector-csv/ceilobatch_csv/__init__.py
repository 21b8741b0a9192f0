# SPDX-License-Identifier: Apache-2.0
"""The collector ``csv``: metrics out of CSV files that another program writes."""

import csv
import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Any, NamedTuple

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector, CollectorCharacteristics, Retrieved
from ceilobatch.usage import Point

GROUP = "collector_csv"
OPTIONS = [
    cfg.StrOpt(
        "directory",
        default="$state_path/csv",
        help="Where the files are, one for each metric: that of the metric memory is memory.csv. "
        "The first line names the columns: scope, moment (a time of ISO 8601 with its zone), "
        "value, and whatever attributes metrics ask for.",
    ),
]
Place = tuple[str, datetime.datetime]


class Row(NamedTuple):
    """One line of a file."""

    scope: str
    moment: datetime.datetime
    value: Decimal
    attributes: Mapping[str, str]


class CsvCollector(Collector):
    """Sums up by period what stands in the CSV file of a metric.

    The ``extra_args`` of a metric may have ``column``: the one that holds the value.
    """

    options = ((GROUP, OPTIONS),)
    # A file is read as a whole: it may as well answer everything at once.
    characteristics = CollectorCharacteristics(periods=None, scopes=None)

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """``column``, which is ``value`` where the metric does not say another."""
        mistakes = [
            f"{name}: this collector knows column only"
            for name in sorted(arguments.keys() - {"column"})
        ]
        column = arguments.get("column", "value")
        if not isinstance(column, str) or not column:
            mistakes.append("column: it has to be the name of a column")
        return {"column": column}, mistakes

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """See the contract.

        :raises Unavailable: the file is not there, or has a line that cannot be understood.
        """
        wanted = set(scopes)
        sums: dict[Place, dict[tuple[str, ...], Point]] = {}
        for row in self._rows(metric):
            if row.scope in wanted and begin <= row.moment < end:
                place = row.scope, row.moment - (row.moment - begin) % period
                _add(sums.setdefault(place, {}), metric, row)
        return {place: list(points.values()) for place, points in sums.items()}

    def _rows(self, metric: Metric) -> Iterator[Row]:
        path = Path(self.conf[GROUP].directory, f"{metric.name}.csv")
        try:
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                for fields in reader:
                    yield _row(fields, metric.extra_args["column"], f"{path}:{reader.line_num}")
        except (OSError, UnicodeError, csv.Error) as error:
            raise errors.Unavailable(f"{path} cannot be read: {error}") from error


def _row(fields: Mapping[str, str], column: str, place: str) -> Row:
    """:raises Unavailable: it cannot be understood; somebody mends it, and the scopes go on."""
    try:
        moment, value = datetime.datetime.fromisoformat(fields["moment"]), Decimal(fields[column])
        if moment.utcoffset() is None or not value.is_finite():
            raise ValueError("a moment needs its zone, and a value has to be finite")
        return Row(fields["scope"], moment.astimezone(datetime.UTC), value, fields)
    except (LookupError, TypeError, ValueError, DecimalException) as error:
        raise errors.Unavailable(f"{place}: this row is wrong: {error!r}") from error


def _add(points: dict[tuple[str, ...], Point], metric: Metric, row: Row) -> None:
    """Add a row to the point of its group; the metadata is that of the last."""
    groupby = {name: row.attributes.get(name) or "" for name in metric.groupby}
    metadata = {name: row.attributes.get(name) or "" for name in metric.metadata}
    group = tuple(groupby.values())
    before = points[group].value if group in points else Decimal(0)
    points[group] = Point(Decimal(before) + row.value, groupby, metadata)
