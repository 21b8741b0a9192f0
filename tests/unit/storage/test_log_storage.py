# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``log``."""

import datetime
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import STORED, Event, Sample, Status, Trait
from ceilobatch.plugins.storage.log import LogStorage

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
EVENT = Event(
    "one",
    "instance.update",
    NOON,
    (Trait("size", "int", 5), Trait("at", "datetime", NOON)),
    raw={"payload": {}},
    warnings=("no trait x",),
)
SAMPLE = Sample("one", "cpu", 0, "gauge", "%", 1.5, None, "p", "r", NOON, {"host": "a\nb"})


def configure(path: object) -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    for group, options in LogStorage.options:
        conf.register_opts(options, group=group)
    conf.set_override("path", str(path), "storage_log")
    return conf


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stored.jsonl"


@pytest.fixture
def storage(file: Path):
    storage = LogStorage(configure(file))
    yield storage
    storage.close()


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_items_are_lines_in_the_file_when_store_returns(storage, file):
    assert storage.store([EVENT]) == [STORED]
    assert storage.store([SAMPLE]) == [STORED]
    assert lines(file) == [
        {
            "record": "event",
            "message_id": "one",
            "event_type": "instance.update",
            "generated": "2026-03-01T12:00:00.000000+00:00",
            "traits": {
                "size": {"type": "int", "value": 5},
                "at": {"type": "datetime", "value": "2026-03-01T12:00:00.000000+00:00"},
            },
            "raw": {"payload": {}},
            "warnings": ["no trait x"],
        },
        {
            "record": "sample",
            **SAMPLE._asdict(),
            "timestamp": "2026-03-01T12:00:00.000000+00:00",
        },
    ]


def test_item_without_faithful_json_is_refused_alone(storage, file):
    bad = [
        SAMPLE._replace(volume=math.nan),
        SAMPLE._replace(unit="\ud800"),
        SAMPLE._replace(metadata={"x": [math.inf]}),
    ]
    results = storage.store([SAMPLE, *bad, SAMPLE])
    assert [result.status for result in results[1:-1]] == [Status.REJECTED] * 3
    assert results[0] == results[-1] == STORED
    assert len(lines(file)) == 2


def test_it_declares_that_it_does_not_know_duplicates(storage, file):
    assert not LogStorage.characteristics.idempotent
    assert storage.store([EVENT, EVENT]) == [STORED, STORED]
    assert len(lines(file)) == 2


@pytest.mark.parametrize("act", [lambda file: file.rename(f"{file}.1"), Path.unlink])
def test_new_file_is_begun_after_rotation(storage, file, act):
    storage.store([EVENT])
    act(file)
    storage.store([SAMPLE])
    assert [line["record"] for line in lines(file)] == ["sample"]


def test_full_device_is_unavailable():
    storage = LogStorage(configure("/dev/full"))
    with pytest.raises(errors.Unavailable, match="No space left"):
        storage.store([EVENT])
    storage.close()


def test_directory_that_vanishes_is_unavailable_until_it_is_back(tmp_path):
    directory = tmp_path / "logs"
    directory.mkdir()
    storage = LogStorage(configure(directory / "stored"))
    (directory / "stored").unlink()
    directory.rmdir()
    for call in (storage.probe, lambda: storage.store([EVENT])):
        with pytest.raises(errors.Unavailable, match="No such file"):
            call()
    directory.mkdir()
    storage.probe()
    assert storage.store([EVENT]) == [STORED]
    storage.close()


def test_line_after_a_torn_one_stands_by_itself(tmp_path, file):
    # A file size limit tears the second line, as a full disk would.
    program = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_log_storage import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
storage = LogStorage(configure({str(file)!r}))
storage.store([EVENT])
size = Path({str(file)!r}).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))
try:
    storage.store([SAMPLE])
except errors.Unavailable:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    storage.store([SAMPLE])
    print("stored in the end")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "stored in the end\n", done.stderr
    first, torn, last = file.read_text().splitlines()
    assert json.loads(first)["record"] == "event"
    assert len(torn) == 10
    assert json.loads(last)["record"] == "sample"


def test_standard_output_is_the_default(capfd):
    storage = LogStorage(configure("-"))
    storage.probe()
    assert storage.store([EVENT]) == [STORED]
    storage.close()
    assert json.loads(capfd.readouterr().out)["message_id"] == "one"


def test_path_that_cannot_be_written_is_refused_at_once(tmp_path):
    with pytest.raises(errors.ConfigurationError, match=r"\[storage_log\] path"):
        LogStorage(configure(tmp_path / "absent" / "file"))
