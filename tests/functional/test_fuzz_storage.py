# SPDX-License-Identifier: Apache-2.0
"""Whatever the bus brings is stored or rejected by the databases, and none of it stops them."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceilobatch.plugins.storage.sql import SqlStorage

from ..fuzzing import Fuzzed
from ..mutations import changed_bodies, wires
from .servers import MariaDB, PostgreSQL
from .storage_setup import configure

SAME = settings(deadline=None, derandomize=True, database=None, max_examples=200)


def fuzzed(server: PostgreSQL | MariaDB) -> Iterator[Fuzzed]:
    server.ensure()
    url = server.create_database()
    storage = SqlStorage(configure(url))
    yield Fuzzed(storage)
    storage.close()
    server.ensure()
    server.drop_database(url)


@pytest.fixture(scope="module")
def in_postgresql(postgresql_session: PostgreSQL) -> Iterator[Fuzzed]:
    yield from fuzzed(postgresql_session)


@pytest.fixture(scope="module")
def in_mariadb(mariadb_session: MariaDB) -> Iterator[Fuzzed]:
    yield from fuzzed(mariadb_session)


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Fuzzed:
    found: Fuzzed = request.getfixturevalue(f"in_{request.param}")
    return found


@SAME
@given(wire=changed_bodies())
def test_database_stores_or_rejects_each_item_and_raises_nothing(database, wire):
    database.check_steps(wire)


@settings(SAME, max_examples=100)
@given(found=st.lists(wires, min_size=1, max_size=6))
def test_batch_into_a_database_leaves_letters_with_the_exact_bytes(database, found):
    database.check_batch(found)
