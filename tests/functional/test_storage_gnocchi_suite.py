# SPDX-License-Identifier: Apache-2.0
"""The contract of storage on the driver ``gnocchi``, on a real Gnocchi."""

import pathlib
import uuid
from collections.abc import Callable

import pytest

from ceilobatch import config
from ceilobatch.model import Sample
from ceilobatch.plugins import loader
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.storage import StorageSuite
from ceilobatch.testing.storage_scene import Make

from .gnocchi_shelf import Shelf, sample
from .servers import Gnocchi

# Every resource is made once, which takes Gnocchi long; measures of it cost next to nothing.
RESOURCES = 10


class TestGnocchiStorage(StorageSuite):
    @pytest.fixture
    def make_storage(self, gnocchi: Gnocchi, tmp_path: pathlib.Path) -> Make:
        file = str(Shelf(gnocchi, tmp_path).configuration())
        option = "[storage] samples"

        return lambda: loader.construct(
            config.load([file]), loader.STORAGE, "gnocchi", option, CallRegistry()
        )

    @pytest.fixture
    def make_sample(self) -> Callable[[int], Sample]:
        ids = [str(uuid.uuid4()) for _ in range(RESOURCES)]

        def make(number: int) -> Sample:
            made = sample(ids[number % RESOURCES], number // RESOURCES)
            return made._replace(message_id=f"message {number}")

        return make
