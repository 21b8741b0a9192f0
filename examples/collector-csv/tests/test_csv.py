# SPDX-License-Identifier: Apache-2.0
"""The collector ``csv`` keeps every promise of the contract, and sums up."""

import contextlib
import csv
import datetime
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Retrieved
from ceilobatch.testing.away import Away
from ceilobatch.testing.collector import CollectorOutageSuite, Reading
from ceilobatch.testing.configured import configured
from ceilobatch_csv import CsvCollector

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the metric."""
    (tmp_path / "csv").mkdir()
    return tmp_path / "csv" / "memory.csv"


@pytest.fixture
def collector(file: Path) -> CsvCollector:
    """A collector on the directory of the file."""
    conf = configured(CsvCollector, collector_csv={"directory": str(file.parent)})
    return CsvCollector(conf, threads=8)


class TestCsvCollector(CollectorOutageSuite):
    """On a file in a directory that goes away."""

    @pytest.fixture
    def make_collector(self, file: Path, collector: CsvCollector) -> Callable[..., CsvCollector]:
        """A collector on a file with these readings."""

        def make(readings: Sequence[Reading], threads: int) -> CsvCollector:
            with file.open("w", newline="", encoding="utf-8") as opened:
                writer = csv.writer(opened)
                writer.writerow(Reading._fields)
                writer.writerows(readings)
            return collector

        return make

    @pytest.fixture
    def away(self, file: Path) -> Away:
        """The directory is moved, as if it were not mounted."""

        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = file.parent.rename(file.parent.with_name("elsewhere"))
            yield
            elsewhere.rename(file.parent)

        return away


def ask(collector: CsvCollector) -> Retrieved:
    metric = Metric("memory", "MB", "memory", groupby=("host",), extra_args={"column": "used"})
    return collector.retrieve(metric, ["a"], NOON, NOON + HOUR, HOUR)


def test_rows_of_a_group_and_period_are_summed_up_exactly(
    file: Path, collector: CsvCollector
) -> None:
    file.write_text(
        "moment,scope,host,used\n"
        "2026-03-01T12:10Z,a,one,0.1\n"
        "2026-03-01T13:20+01:00,a,one,0.2\n"
        "2026-03-01T12:30Z,a,two,5\n"
    )
    points = ask(collector)["a", NOON]
    assert {point.groupby["host"]: str(point.value) for point in points} == {
        "one": "0.3",
        "two": "5",
    }


@pytest.mark.parametrize(
    "row", ["2026-03-01T12:10,a,one,1", "2026-03-01T12:10Z,a,one,much", "2026-03-01T12:10Z,a"]
)
def test_row_that_is_wrong_is_told_with_its_number(
    file: Path, collector: CsvCollector, row: str
) -> None:
    file.write_text(f"moment,scope,host,used\n2026-03-01T12:10Z,a,one,1\n{row}\n")
    with pytest.raises(errors.Unavailable, match=r"memory\.csv:3: this row is wrong"):
        ask(collector)


def test_arguments_of_a_metric_are_checked() -> None:
    assert CsvCollector.check_arguments({}) == ({"column": "value"}, [])
    _, mistakes = CsvCollector.check_arguments({"colum": "used", "column": 3})
    assert len(mistakes) == 2
