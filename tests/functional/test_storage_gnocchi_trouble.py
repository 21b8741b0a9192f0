# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``gnocchi`` on a Gnocchi that is away, or lacks what it needs."""

import pathlib
import time

import pytest

from ceilobatch import errors
from ceilobatch.model import STORED

from .gnocchi_shelf import Shelf, new_id, sample
from .servers import Gnocchi


@pytest.fixture
def shelf(gnocchi: Gnocchi, tmp_path: pathlib.Path) -> Shelf:
    return Shelf(gnocchi, tmp_path)


def test_stopped_gnocchi_is_unavailable_until_it_is_back(shelf: Shelf) -> None:
    one = new_id()
    with shelf.storage() as storage:
        storage.store([sample(one, 0, 1)])
        shelf.server.stop()
        for call in (lambda: storage.store([sample(one, 1, 2)]), storage.probe):
            with pytest.raises(errors.Unavailable, match="Gnocchi"):
                call()
        shelf.server.start()
        storage.probe()
        assert storage.store([sample(one, 1, 2)]) == [STORED]
    assert shelf.measures(one, "memory") == {0: 1, 1: 2}


def test_gnocchi_without_its_database_is_unavailable(shelf: Shelf) -> None:
    one, new = new_id(), new_id()
    with shelf.storage() as storage:
        storage.store([sample(one, 0, 1)])
        shelf.server.postgresql.stop()
        with pytest.raises(errors.Unavailable):
            storage.store([sample(new, block, 2) for block in range(100)])
        with pytest.raises(errors.Unavailable):
            storage.probe()
        shelf.server.postgresql.start()
        assert storage.store([sample(new, 0, 2)]) == [STORED]


def test_gnocchi_that_does_not_answer_is_unavailable_in_time(shelf: Shelf) -> None:
    with shelf.storage(timeout=1) as storage:
        storage.probe()
        shelf.server.pause()
        begun = time.monotonic()
        for call in (lambda: storage.store([sample(new_id())]), storage.probe):
            with pytest.raises(errors.Unavailable):
                call()
        assert time.monotonic() - begun < 5
        shelf.server.resume()
        storage.probe()


def test_without_upgrade_nothing_is_made_and_it_is_said_what_is_missing(shelf: Shelf) -> None:
    shelf.define(policy=f"policy-{shelf.kind}", attributes={"host": "metadata.host"})
    with pytest.raises(errors.Unavailable) as caught:
        shelf.store([sample(new_id())], auto_upgrade="false")
    assert str(caught.value) == (
        f"Gnocchi lacks the archive policy policy-{shelf.kind}, the resource type {shelf.kind}: "
        "run 'ceilobatch gnocchi upgrade'"
    )
    shelf.store([sample(new_id())])
    shelf.define(attributes={"host": "metadata.host", "size": "metadata.size"})
    with pytest.raises(errors.Unavailable, match="the attributes size of the resource type"):
        shelf.store([sample(new_id())], auto_upgrade="false")


def test_archive_policy_that_nobody_knows_is_named(shelf: Shelf) -> None:
    with (
        shelf.storage(archive_policy="nobody-knows") as storage,
        pytest.raises(errors.Unavailable, match="has no archive policy nobody-knows"),
    ):
        storage.probe()


def test_removed_resource_type_is_made_again(shelf: Shelf) -> None:
    one = new_id()
    with shelf.storage() as storage:
        storage.probe()
        shelf.server.request("DELETE", f"resource_type/{shelf.kind}")
        with pytest.raises(errors.Unavailable, match=f"no resource type {shelf.kind} any more"):
            storage.store([sample(one)])
        storage.probe()
        assert storage.store([sample(one, 0, 4)]) == [STORED]
    assert shelf.measures(one, "memory") == {0: 4}
