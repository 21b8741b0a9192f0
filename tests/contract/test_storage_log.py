# SPDX-License-Identifier: Apache-2.0
"""The contract of storage on LogStorage, which declares that it knows nothing again."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.plugins.storage.log import LogStorage
from ceilobatch.testing.away import Away
from ceilobatch.testing.configured import configured
from ceilobatch.testing.storage import StorageOutageSuite
from ceilobatch.testing.storage_scene import Make, ReadBack


class TestLogStorage(StorageOutageSuite):
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        (tmp_path / "log").mkdir()
        return tmp_path / "log" / "stored.jsonl"

    @pytest.fixture
    def make_storage(self, file: Path) -> Make:
        conf = configured(LogStorage, storage_log={"path": str(file)})
        return lambda: LogStorage(conf)

    @pytest.fixture
    def read_back(self, file: Path) -> ReadBack:
        return lambda: Counter(map(_identity, _lines(file)))

    @pytest.fixture
    def away(self, file: Path) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = file.parent.rename(file.parent.with_name("elsewhere"))
            yield
            elsewhere.rename(file.parent)

        return away


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def _identity(line: dict[str, Any]) -> Any:
    if line["record"] == "event":
        return line["message_id"]
    return line["message_id"], line["name"], line["position"]
