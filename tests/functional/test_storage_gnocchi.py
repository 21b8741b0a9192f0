# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``gnocchi`` on a real Gnocchi."""

import datetime
import math
import pathlib
import uuid
from collections import Counter

import pytest

from ceilobatch.model import IGNORED, STORED, Status

from .gnocchi_shelf import START, Shelf, new_id, requests_sent, sample
from .servers import Gnocchi


@pytest.fixture
def shelf(gnocchi: Gnocchi, tmp_path: pathlib.Path) -> Shelf:
    return Shelf(gnocchi, tmp_path)


def test_values_arrive_with_their_metrics(shelf: Shelf) -> None:
    one, other = new_id(), new_id()
    samples = [
        sample(one, 0, 512),
        sample(one, 1, 1024),
        sample(one, 0, 2, name="vcpus", unit="vcpu"),
        sample(other, 0, 2.5),
    ]
    assert shelf.store(samples) == [STORED] * 4
    assert shelf.measures(one, "memory") == {0: 512, 1: 1024}
    assert shelf.measures(one, "vcpus") == {0: 2}
    assert shelf.measures(other, "memory") == {0: 2.5}
    metric = shelf.server.request("GET", f"resource/generic/{one}/metric/memory")
    assert (metric["archive_policy"]["name"], metric["unit"]) == ("shelf", "MiB")


def test_unknown_resources_in_the_middle_of_a_batch_are_made(shelf: Shelf) -> None:
    known, new, odd = new_id(), new_id(), f"compute-1/node {new_id()}#?%ä"
    shelf.store([sample(known, 0, 1)])
    late = START + datetime.timedelta(hours=1)
    samples = [
        sample(known, 1, 2),
        sample(new, 1, 3, timestamp=late, project_id="p2", metadata={"host": "h1", "size": 5}),
        sample(odd, 1, 4),
        sample(new, 0, 5, project_id="p2"),
        sample(known, 2, 6),
    ]
    assert shelf.store(samples) == [STORED] * 5
    assert shelf.measures(known, "memory") == {0: 1, 1: 2, 2: 6}
    assert shelf.measures(new, "memory") == {0: 5, 12: 3}
    made = shelf.resource(new)
    assert (made["user_id"], made["project_id"]) == ("u1", "p2")
    assert (made["host"], made["size"]) == ("h1", "5")
    assert datetime.datetime.fromisoformat(made["started_at"]) == START
    assert shelf.resource(odd.replace("/", "_"))["original_resource_id"] == odd.replace("/", "_")
    assert shelf.measures(odd.replace("/", "_"), "memory") == {1: 4}


def test_one_uuid_spelled_in_several_ways_is_one_resource(shelf: Shelf) -> None:
    plain = uuid.uuid4().hex
    spelled = str(uuid.UUID(plain))
    samples = [
        sample(plain, 0, 1),
        sample(spelled, 1, 2),
        sample(spelled.upper(), 0, 3, name="vcpus"),
    ]
    assert shelf.store(samples) == [STORED] * 3
    assert shelf.measures(plain, "memory") == {0: 1, 1: 2}
    assert shelf.measures(plain, "vcpus") == {0: 3}


def test_a_batch_of_known_resources_is_one_request(shelf: Shelf) -> None:
    ids = [new_id() for _ in range(20)]
    with shelf.storage() as storage:
        storage.store([sample(one, 0, 1) for one in ids])
        with requests_sent() as sent:
            storage.store([sample(one, block, block) for block in range(10) for one in ids])
    assert len(sent) == 1
    assert shelf.measures(ids[7], "memory") == {block: block for block in range(10)}


def test_attributes_follow_the_newest_sample(shelf: Shelf) -> None:
    one = new_id()
    with shelf.storage() as storage:
        storage.store([sample(one, 0, metadata={"host": "h1", "size": "s"})])
        storage.store([sample(one, 2, metadata={"host": "h2"}, project_id="p2")])
        storage.store([sample(one, 1, metadata={"host": "h1"})])
        storage.store([sample(one, 3, metadata={"host": "h2"}, project_id="p2")])
    found = shelf.resource(one)
    assert (found["host"], found["size"], found["project_id"]) == ("h2", "s", "p2")
    assert len(shelf.history(one)) == 2


def test_meter_that_does_not_describe_leaves_owner_and_attributes_alone(shelf: Shelf) -> None:
    shelf.define(
        metrics={"memory": None, "vcpus": {"describes": False}},
        attributes={"host": "metadata.host"},
    )
    one = new_id()
    foreign = {"name": "vcpus", "project_id": "p2", "user_id": "u2", "metadata": {"host": "h2"}}
    with shelf.storage() as storage:
        storage.store([sample(one, 0, 1, **foreign)])
        assert shelf.resource(one)["project_id"] is None
        storage.store([sample(one, 1, 2, metadata={"host": "h1"}), sample(one, 1, 3, **foreign)])
        storage.store([sample(one, 2, 4, **foreign)])
    found = shelf.resource(one)
    assert (found["project_id"], found["user_id"], found["host"]) == ("p1", None, "h1")
    assert shelf.measures(one, "vcpus") == {0: 1, 1: 3, 2: 4}


def test_a_worker_that_is_new_asks_before_it_changes(shelf: Shelf) -> None:
    same, other, named = new_id(), new_id(), f"name {new_id()}"
    for_all = {"host": "h1"}
    shelf.store([sample(one, 0, metadata=for_all) for one in (same, other, named)])
    with shelf.storage() as storage, requests_sent() as sent:
        storage.probe()
        sent.clear()
        storage.store(
            [
                sample(same, 1, metadata=for_all),
                sample(other, 1, metadata={"host": "h2"}),
                sample(named, 1, metadata=for_all),
            ]
        )
    assert Counter(one.split()[0] for one in sent) == {"POST": 2, "PATCH": 1}
    assert shelf.resource(other)["host"] == "h2"


def test_what_gnocchi_cannot_keep_is_rejected_alone(shelf: Shelf) -> None:
    one = new_id()
    day = datetime.timedelta(days=1)
    wrong = {
        "no resource_id": sample(None),
        "not a finite number": sample(one, 0, math.nan),
        "is not a finite": sample(one, 0, math.inf),
        "before 1970": sample(one, timestamp=START - 30000 * day),
        "more than a day ahead": sample(one, timestamp=START + 3 * day),
        "resource_id has a character": sample("a\0b"),
        "resource_id is longer": sample("x" * 256),
        "project_id is longer": sample(one, project_id="x" * 256),
    }
    results = shelf.store([sample(one, 0, 7), *wrong.values(), sample(one, 1, 2**80)])
    assert results[0] == results[-1] == STORED
    for result, reason in zip(results[1:-1], wrong, strict=True):
        assert result.status is Status.REJECTED
        assert reason in result.reason
    assert shelf.measures(one, "memory") == {0: 7, 1: 2.0**80}


def test_resource_that_cannot_be_made_is_rejected_alone(shelf: Shelf) -> None:
    required = {"type": "uuid", "required": True}
    shelf.server.request(
        "POST", "resource_type", {"name": shelf.kind, "attributes": {"host": required}}
    )
    good, bad = new_id(), new_id()
    samples = [
        sample(bad, 0, metadata={"host": "no uuid"}),
        sample(good, 0, 5, metadata={"host": new_id()}),
        sample(bad, 1, name="vcpus"),
    ]
    first, second, third = shelf.store(samples)
    assert second == STORED
    assert first == third
    assert "host" in first.reason
    assert bad in first.reason
    assert shelf.measures(good, "memory") == {0: 5}


def test_types_that_others_have_made_are_used_as_they_are(shelf: Shelf) -> None:
    attributes = {
        "host": {"type": "string", "max_length": 5, "min_length": 0, "required": True},
        "flavor": {"type": "string", "required": True},
        "owner": {"type": "uuid", "required": False},
        "launched": {"type": "datetime", "required": False},
        "count": {"type": "number", "required": False},
        "on": {"type": "bool", "required": False},
    }
    shelf.server.request("POST", "resource_type", {"name": shelf.kind, "attributes": attributes})
    shelf.define(attributes={name: f"metadata.{name}" for name in (*attributes, "extra")})
    full, none, owner = new_id(), new_id(), new_id()
    told = {
        "host": "abcdefg\0",
        "owner": owner,
        "launched": "2026-01-01 10:00:00",
        "count": "3",
        "on": True,
        "extra": {"a": 1},
    }
    wrong = {"owner": "me", "launched": "soon", "count": "many", "on": "yes"}
    samples = [sample(full, metadata=told), sample(none, metadata=wrong)]
    assert shelf.store(samples) == [STORED] * 2
    found = shelf.resource(full)
    assert [found[name] for name in ("host", "flavor", "owner", "count", "on", "extra")] == [
        *("abcde", "", owner, 3, True, "{'a': 1}"),
    ]
    assert found["launched"].startswith("2026-01-01T10:00:00")
    assert [shelf.resource(none)[name] for name in ("host", *wrong)] == ["", *[None] * 4]
    with shelf.storage() as storage, requests_sent() as sent:
        storage.store([sample(full, 1, metadata=told)])
    assert [one for one in sent if one.startswith("PATCH")] == []


def test_what_comes_again_changes_nothing(shelf: Shelf) -> None:
    one = new_id()
    samples = [sample(one, 0, 1), sample(one, 1, 2)]
    with shelf.storage() as storage:
        assert storage.store(samples) == [STORED] * 2
        assert shelf.measures(one, "memory", "sum") == {0: 1, 1: 2}
        assert storage.store(samples) == [STORED] * 2
    assert shelf.measures(one, "memory", "sum") == {0: 1, 1: 2}
    assert shelf.measures(one, "memory", "count") == {0: 1, 1: 1}


def test_two_samples_of_one_metric_and_time_are_one_measure(shelf: Shelf) -> None:
    one = new_id()
    assert shelf.store([sample(one, 0, 1), sample(one, 0, 9)]) == [STORED] * 2
    assert shelf.measures(one, "memory", "count") == {0: 1}


def test_meter_that_nobody_defines_is_ignored_or_rejected(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    one = new_id()
    samples = [sample(one, 0, 1), *[sample(one, name="mystery")] * 2]
    assert shelf.store(samples) == [STORED, IGNORED, IGNORED]
    assert [text for text in caplog.messages if "mystery" in text] == [
        "No resource definition knows the meter mystery: its samples are ignored"
    ]
    first, second, _ = shelf.store(samples, reject_unknown="true")
    assert first == STORED
    assert second.status is Status.REJECTED
    assert second.reason == "no resource definition knows the meter mystery"


def test_projects_of_gnocchi_itself_are_ignored(shelf: Shelf) -> None:
    one, own = new_id(), new_id()
    shelf.define(resource_type="swift_account")
    samples = [sample(one, 0, 1), sample(one, 1, 1, project_id=own), sample(own, 0, 1)]
    assert shelf.store(samples, ignore_projects=own) == [STORED, IGNORED, IGNORED]
    assert shelf.measures(one, "memory") == {0: 1}
