# SPDX-License-Identifier: Apache-2.0
"""Which scopes a real Gnocchi has, and when their data begins."""

import datetime

import pytest

from ceilobatch import errors
from ceilobatch.plugins.gnocchi import connection

from .gnocchi_world import HOUR, MIDNIGHT, World
from .servers import free_port


@pytest.fixture
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PAGE", 2)


@pytest.mark.usefixtures("_small_pages")
def test_a_scope_is_named_until_long_after_its_last_resource_has_ended(world: World) -> None:
    now = datetime.datetime.now(datetime.UTC)
    scopes = [world.scope(number) for number in range(5)]
    for scope in scopes:
        for _ in range(3):
            world.add(scope, {})
    ends = {"yesterday": now - 24 * HOUR, "long ago": now - 40 * 24 * HOUR}
    for name, end in ends.items():
        started = (end - HOUR).isoformat()
        world.add(world.scope(name), {}, started_at=started, ended_at=end.isoformat())
    world.server.request("POST", f"resource/{world.name}", {"id": f"of nobody {world.name}"})
    with world.source(scope_resource_types=world.name) as source:
        assert source.scopes() == {*scopes, world.scope("yesterday")}


def test_scopes_come_from_the_resource_types_that_are_asked_for(world: World) -> None:
    world.add(world.scope("typed"), {})
    world.add(world.scope("generic"), {}, kind="generic")
    with world.source(scope_resource_types=world.name) as source:
        assert source.scopes() == {world.scope("typed")}
    with world.source(scope_resource_types=f"{world.name},unknown-type") as source:
        assert source.scopes() == {world.scope("typed")}
    with world.source() as source:
        assert set(source.scopes()) >= {world.scope("typed"), world.scope("generic")}


def test_a_server_that_is_away_leaves_the_scopes_unknown(world: World) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with world.source(endpoint=nobody) as source, pytest.raises(errors.Unavailable):
        source.scopes()


@pytest.mark.usefixtures("_small_pages")
def test_the_data_of_a_scope_begins_with_its_first_resource(world: World) -> None:
    first = {}
    for number in range(3):
        scope = world.scope(number)
        first[scope] = MIDNIGHT + number * HOUR
        for later in (5, 0, 3, 4):
            world.add(scope, {}, started_at=(first[scope] + later * HOUR).isoformat())
    with world.collector() as collector:
        assert collector.first([*first, world.scope("nobody")]) == first
        assert collector.first([world.scope("nobody")]) == {}
