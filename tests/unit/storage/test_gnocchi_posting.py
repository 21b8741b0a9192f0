# SPDX-License-Identifier: Apache-2.0
"""What becomes of samples when Gnocchi refuses a request of which only a part is wrong."""

import datetime
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import STORED, Result, Sample, Status
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Storage
from ceilobatch.plugins.storage.gnocchi_options import GROUP
from ceilobatch.telemetry.calls import CallRegistry

from .stern_gnocchi import Body, SternGnocchi, values

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
Judge = Callable[[Body], tuple[int, Any]]


@pytest.fixture
def server() -> Iterator[SternGnocchi]:
    with SternGnocchi() as server:
        yield server


@pytest.fixture
def storage(server: SternGnocchi, tmp_path: Path) -> Iterator[Storage]:
    file = tmp_path / "resources.yaml"
    file.write_text(
        "archive_policy_default: low\nresources: [{resource_type: thing, metrics: ['m*']}]\n"
    )
    config = tmp_path / "ceilobatch.conf"
    config.write_text(
        f"[{GROUP}]\nresources_file = {file}\nauth_type = gnocchi-basic\nuser = admin\n"
        f"endpoint = {server.url}\n"
    )
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch", default_config_files=[str(config)], default_config_dirs=[])
    driver = loader.construct(conf, loader.STORAGE, "gnocchi", "[storage]", CallRegistry())
    yield driver
    driver.close()


def samples(count: int, resources: int = 10, meters: int = 2) -> list[Sample]:
    """The volume of each is its place."""
    return [
        Sample(
            str(uuid.uuid4()),
            f"m{place % meters}",
            0,
            "gauge",
            "u",
            place,
            "user",
            "project",
            f"r{place % resources}",
            START + datetime.timedelta(seconds=place),
            {},
        )
        for place in range(count)
    ]


def dislikes(status: int, *wrong: float) -> Judge:
    def judge(body: Body) -> tuple[int, Any]:
        return (status, "that one") if set(wrong) & set(values(body)) else (202, None)

    return judge


def rejections(results: list[Result]) -> dict[int, str]:
    assert all(result.status in (Status.STORED, Status.REJECTED) for result in results)
    return {
        place: result.reason
        for place, result in enumerate(results)
        if result.status is Status.REJECTED
    }


@pytest.mark.parametrize("status", [400, 413])
def test_refused_measure_is_rejected_and_its_neighbours_are_stored(
    storage: Storage, server: SternGnocchi, status: int
) -> None:
    server.judge = dislikes(status, 417)
    results = storage.store(samples(1000))
    assert rejections(results) == {417: "Gnocchi says: that one"}
    kept = sorted(value for found in server.kept.values() for value in found)
    assert kept == [place for place in range(1000) if place != 417]
    # Twice the logarithm of a thousand, and some.
    assert server.posts < 30


def test_failure_that_follows_a_measure_is_its_own(storage: Storage, server: SternGnocchi) -> None:
    server.judge = dislikes(500, 0, 417)
    results = storage.store(samples(1000))
    reason = "Gnocchi fails with it alone: that one"
    assert rejections(results) == {0: reason, 417: reason}
    assert server.posts < 60


def test_failure_of_everything_is_gnocchis(storage: Storage, server: SternGnocchi) -> None:
    server.judge = lambda _: (500, "nothing works")
    with pytest.raises(errors.Unavailable, match="500 Internal Server Error: nothing works"):
        storage.store(samples(1000))
    assert server.posts < 20
    server.judge = lambda _: (202, None)
    assert storage.store(samples(3)) == [STORED] * 3


def test_failure_of_much_is_gnocchis(storage: Storage, server: SternGnocchi) -> None:
    server.judge = dislikes(500, *range(1, 1000, 3))
    with pytest.raises(errors.Unavailable):
        storage.store(samples(1000, resources=1000))
    assert server.posts < 200


@pytest.mark.parametrize("status", [401, 403, 404, 502, 503, 504])
def test_what_says_nothing_of_a_measure_is_unavailable(
    storage: Storage, server: SternGnocchi, status: int
) -> None:
    server.judge = lambda _: (status, "not now")
    with pytest.raises(errors.Unavailable, match="not now"):
        storage.store(samples(10))
    assert server.posts <= 2


def test_archive_policy_that_was_removed_is_looked_for_again(
    storage: Storage, server: SternGnocchi
) -> None:
    storage.probe()
    server.policies = []
    server.judge = lambda _: (400, "Archive policy low does not exist")
    with pytest.raises(errors.Unavailable, match="Archive policy low does not exist"):
        storage.store(samples(10))
    with pytest.raises(errors.Unavailable, match="Gnocchi has no archive policy low"):
        storage.probe()
    server.policies, server.judge = ["low"], lambda _: (202, None)
    assert storage.store(samples(10)) == [STORED] * 10


def test_resource_that_is_always_unknown_is_not_made_for_ever(
    storage: Storage, server: SternGnocchi
) -> None:
    unknown = {
        "cause": "Unknown resources",
        "detail": [{"original_resource_id": "r1", "resource_id": "whatever"}],
    }
    server.judge = lambda _: (400, unknown)
    with pytest.raises(errors.Unavailable, match="Gnocchi forgets resources"):
        storage.store(samples(10))
    assert server.posts < 6


def test_many_series_are_several_requests(storage: Storage, server: SternGnocchi) -> None:
    assert storage.store(samples(2500, resources=2500, meters=1)) == [STORED] * 2500
    assert server.posts == 3
