# SPDX-License-Identifier: Apache-2.0
"""The contract of collectors on those of this package that need no server, and on the fake."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.fixed import FixedCollector
from ceilobatch.plugins.collectors.sql import SqlCollector
from ceilobatch.plugins.processing import CollectorCharacteristics
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.testing.away import Away
from ceilobatch.testing.collector import CollectorOutageSuite, CollectorSuite, Reading
from ceilobatch.testing.collector_scene import METRIC, PERIOD, Make
from ceilobatch.testing.configured import configured
from ceilobatch.testing.processing import MemoryCollector
from tests.functional.storage_setup import sample


class TestMemoryCollector(CollectorOutageSuite):
    @pytest.fixture
    def made(self) -> list[MemoryCollector]:
        return []

    @pytest.fixture
    def make_collector(self, made: list[MemoryCollector]) -> Make:
        def make(readings: Sequence[Reading], threads: int) -> MemoryCollector:
            made.append(MemoryCollector.over(readings, CollectorCharacteristics(24, None)))
            return made[-1]

        return make

    @pytest.fixture
    def away(self, made: list[MemoryCollector]) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            made[-1].down = True
            yield
            made[-1].down = False

        return away


@pytest.mark.parametrize("width", [(1, 1), (24, 10), (0, 0)], ids=str)
class TestFixedCollector(CollectorSuite):
    resolution = PERIOD

    @pytest.fixture
    def make_collector(self, tmp_path: Path, width: tuple[int, int]) -> Make:
        def make(readings: Sequence[Reading], threads: int) -> FixedCollector:
            file = tmp_path / "points.json"
            file.write_text(json.dumps([_written(one) for one in readings]))
            options = {"file": str(file), "periods": width[0], "scopes": width[1]}
            return FixedCollector(configured(FixedCollector, collector_fixed=options), threads)

        return make


class TestSqlCollector(CollectorOutageSuite):
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "ceilobatch.sqlite"

    @pytest.fixture
    def metric(self) -> Metric:
        return dataclasses.replace(METRIC, extra_args={"aggregation_method": "last"})

    @pytest.fixture
    def make_collector(self, file: Path) -> Make:
        def make(readings: Sequence[Reading], threads: int) -> SqlCollector:
            options = {"connection": f"sqlite:///{file}", "auto_upgrade": True}
            conf = configured(SqlCollector, storage_sql=options)
            storage = SqlStorage(conf)
            storage.probe()
            storage.store([_sample(place, one) for place, one in enumerate(readings)])
            storage.close()
            return SqlCollector(conf, threads)

        return make

    @pytest.fixture
    def away(self, file: Path) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = file.rename(file.with_suffix(".elsewhere"))
            yield
            elsewhere.rename(file)

        return away


def _written(reading: Reading) -> dict[str, object]:
    return {
        "metric": METRIC.name,
        "scope": reading.scope,
        "begin": reading.moment.isoformat(),
        "value": reading.value,
        "groupby": {"resource_id": reading.resource_id},
    }


def _sample(place: int, reading: Reading):
    return sample(
        f"message {place}",
        METRIC.name,
        volume=reading.value,
        project_id=reading.scope,
        resource_id=reading.resource_id,
        timestamp=reading.moment,
    )
