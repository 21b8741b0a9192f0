# SPDX-License-Identifier: Apache-2.0
"""The ledger, events and samples over REST."""

from typing import Any

import pytest

from ceilobatch.api.v1 import records

from .described import Described
from .world import World, letter, message

MESSAGE, EVENT = "/v1/ledger/messages/{message_id}", "/v1/events/{message_id}"


def pages(ask: Described, path: str, query: str) -> list[Any]:
    """All elements, page by page."""
    found, document = [], ask.get(path, query)
    for _ in range(100):
        found += document["elements"]
        following = [link["href"] for link in document["links"] if link["rel"] == "next"]
        if not following:
            return found
        document = ask.get(path, following[0].partition("?")[2])
    raise AssertionError("there is no end")


def test_the_ledger_is_told_to_everybody_and_balances(world: World, nobody: Described) -> None:
    world.handle(*(message(number) for number in range(5)))
    ledger = nobody.get("/v1/ledger", "by=worker")
    assert ledger["balanced"]
    assert ledger["problems"] == []
    assert (ledger["total"]["received"], ledger["total"]["stored"]) == (5, 5)
    (row,) = ledger["elements"]
    assert (row["worker"], row["events"]) == ("here/w0", 5)
    assert nobody.get("/v1/ledger", "since=2999-01-01")["elements"] == []


def test_a_ledger_that_is_off_says_why(world: World, nobody: Described) -> None:
    world.handle(message(1))
    world.execute("UPDATE ledger SET stored = stored + 1")
    ledger = nobody.get("/v1/ledger")
    assert not ledger["balanced"]
    assert ledger["problems"] == ["1 messages unaccounted for in 1 rows"]


def test_the_story_of_a_message_needs_a_credential(
    world: World, reader: Described, nobody: Described
) -> None:
    world.handle(message(1), message(1))
    world.add(letter(1))
    path = "/v1/ledger/messages/m1"
    story = reader.get(path, of=MESSAGE)
    assert sorted(one["outcome"] for one in story["arrivals"]) == ["duplicate", "stored"]
    assert story["samples"] == {"memory": 1, "vcpus": 1}
    assert [one["standing"] for one in story["letters"]] == ["waiting"]
    nobody.refused(401, "GET", path, of=MESSAGE)
    assert "nothing is known" in reader.refused(404, "GET", "/v1/ledger/messages/m2", of=MESSAGE)


def test_events_come_in_pages(world: World, reader: Described) -> None:
    world.handle(*(message(number) for number in range(5)))
    found = [one["message_id"] for one in pages(reader, "/v1/events", "limit=2")]
    assert sorted(found) == [f"m{number}" for number in range(5)]
    assert reader.get("/v1/events", "type=image.*")["elements"] == []
    assert len(reader.get("/v1/events", "trait=request_id:text=req-3")["elements"]) == 1


def test_a_page_ends_where_enough_records_were_looked_at(
    world: World, reader: Described, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.handle(*(message(number) for number in range(7)))
    monkeypatch.setattr(records, "LOOKED_AT", 2)
    first = reader.get("/v1/events", "trait=request_id=req-6")
    assert len(first["elements"]) <= 1
    assert first["links"][-1]["rel"] == "next"
    assert len(pages(reader, "/v1/events", "trait=request_id=req-6")) == 1
    assert len(pages(reader, "/v1/samples", "type=gauge&limit=3")) == 14


def test_one_event_is_shown(world: World, reader: Described) -> None:
    world.handle(message(1))
    event = reader.get("/v1/events/m1", of=EVENT)
    assert event["traits"]["request_id"] == {"type": "text", "value": "req-1"}
    assert "no event 'm2'" in reader.refused(404, "GET", "/v1/events/m2", of=EVENT)


def test_samples_come_in_pages(world: World, reader: Described) -> None:
    world.handle(*(message(number) for number in range(3)))
    found = [(one["message_id"], one["name"]) for one in pages(reader, "/v1/samples", "limit=1")]
    assert len(found) == len(set(found)) == 6
    assert len(reader.get("/v1/samples", "meter=mem*&resource=i1")["elements"]) == 3
    assert reader.get("/v1/samples", "type=delta")["elements"] == []
    assert reader.get("/v1/samples", "project=other")["elements"] == []


def test_wrong_conditions_are_named(world: World, reader: Described) -> None:
    world.handle(message(1))
    for query, named in (
        ("trait=size:int=big", "trait: 'size:int=big': the value is no int"),
        ("trait=size", "trait: 'size' is not NAME=VALUE"),
        ("trait=size:colour=red", "trait: 'size:colour=red': there is no type 'colour'"),
        ("since=1", "since: '1' is neither"),
        ("type=", "type: it is empty"),
        ("marker=WzFd", "marker: it is not the marker"),
        ("&".join(f"trait=a{number}=1" for number in range(21)), "trait: more than 20"),
    ):
        assert named in reader.refused(400, "GET", "/v1/events", query)
    assert "type: 'lost'" in reader.refused(400, "GET", "/v1/samples", "type=lost")


def test_a_database_that_is_away_is_told_without_where_it_is(reader: Described) -> None:
    sentence = reader.refused(503, "GET", "/v1/events")
    assert "sqlite" not in sentence
