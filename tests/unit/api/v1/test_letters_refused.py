# SPDX-License-Identifier: Apache-2.0
"""What is refused about letters, and how: without a right, misspelled, or strange."""

import json
from typing import Any

import pytest

from ceilobatch.letter import Stage

from .described import Described
from .test_letters import DISCARD, FIX, LIST, ONE, REPLAY
from .world import World, letter


def test_who_has_no_right_changes_and_sees_nothing(
    world: World, reader: Described, nobody: Described
) -> None:
    (letter_id,) = world.add(letter(1))
    path = f"{LIST}/{letter_id}"
    for ask, status in ((nobody, 401), (reader, 403)):
        ask.refused(status, "PATCH", path, of=ONE, json={"patch": FIX})
        ask.refused(status, "POST", f"{path}/replay", of=REPLAY)
        ask.refused(status, "POST", f"{path}/discard", of=DISCARD, json={"reason": "x"})
        ask.refused(status, "POST", f"{LIST}/replay", json={"filters": {}})
    assert world.history(letter_id) == []
    for where, of in ((LIST, LIST), (path, ONE)):
        assert "much1" not in nobody.refused(401, "GET", where, of=of)


WRONG_PARAMETERS = (
    ("limit=0", "limit: '0' is not a whole number from 1 to 1000"),
    ("limit=9999", "limit:"),
    ("limit=1&limit=2", "limit: it is given more than once"),
    ("marker=nonsense", "marker: it is not the marker of a link"),
    ("marker=WzEsMiwzXQ", "marker: it is not the marker of a link"),
    ("older_than=soon", "older_than: 'soon' is neither an ISO 8601 time nor an age"),
    ("stage=lost", "stage: 'lost' is no stage"),
    ("standing=lost", "standing: 'lost' is none of waiting"),
    ("reason=%00", "reason: it has control characters"),
    ("reason=*a*b*c*d*", "reason: it has more than 4 asterisks"),
    ("group=size", "group: 'size' is none of reason"),
    ("colour=red", "'colour': there is no such parameter"),
)


def test_a_wrong_parameter_is_named(admin: Described) -> None:
    for query, named in WRONG_PARAMETERS:
        assert named in admin.refused(400, "GET", LIST, query)


WRONG_BODIES = (
    (b"{", "body: it is not JSON"),
    (b"\xff", "body: it is not JSON"),
    (b"[" * 100_000, "body: it is nested too deeply"),
    (b"[]", "body: it is not an object"),
    (b'{"filters": NaN}', "body: it is not JSON: NaN"),
    (b"{}", "body: it needs either ids or filters"),
    (b'{"ids": []}', "ids: it is not a list of 1 to 10000"),
    (b'{"ids": [1]}', "ids: it is not a text"),
    (b'{"filters": {"stage": 1}}', "filters.stage: it is not a text"),
    (b'{"filters": {"a": 1}}', "filters.'a': there is no such field"),
    (b'{"filters": {}, "force": "perhaps"}', "force: 'perhaps' is neither true nor false"),
    (b'{"filters": {}, "handler": "x"}', "handler: there is no handler 'x'"),
    (b'{"filters": {}, "limit": 1e3}', "limit: 1000.0 is not a whole number"),
)


def test_a_wrong_body_is_told_what_is_wrong(admin: Described) -> None:
    kind = {"Content-Type": "application/json"}
    for body, named in WRONG_BODIES:
        assert named in admin.refused(400, "POST", f"{LIST}/replay", body=body, headers=kind)


WRONG_CORRECTIONS: Any = (
    ({}, 400, "exactly one of patch, body, body_base64"),
    ({"patch": FIX, "body": "x"}, 400, "exactly one of"),
    ({"patch": [{"op": "fly", "path": "/a"}]}, 400, "patch: this is no JSON Patch"),
    ({"patch": [{"op": "remove", "path": "/nothing"}]}, 422, "does not apply"),
    ({"body": "\ud800"}, 400, "body: it is no message"),
    ({"body_base64": "?"}, 400, "body_base64: it is not base64"),
)


def test_a_wrong_correction_is_told_what_is_wrong(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1))
    path = f"{LIST}/{letter_id}"
    kind = {"Content-Type": "application/json"}
    for wish, status, named in WRONG_CORRECTIONS:
        body = json.dumps(wish)
        assert named in admin.refused(status, "PATCH", path, of=ONE, body=body, headers=kind)


def test_what_cannot_be_an_id_is_not_there(admin: Described) -> None:
    for letter_id in ("no-such", "x" * 300, "%00", "%F0%9F"):
        assert "no letter" in admin.refused(404, "GET", f"{LIST}/{letter_id}", of=ONE)


def test_strange_messages_can_be_shown(world: World, admin: Described) -> None:
    strange = [b'{"a": NaN, "b": 1e999, "c": "\\ud800"}', b'{"a":' * 700 + b"1" + b"}" * 700, b""]
    for body in strange:
        (letter_id,) = world.add(letter(1, body, stage=Stage.DECODE))
        shown = admin("GET", f"{LIST}/{letter_id}", of=ONE)
        assert shown.status_code == 200, shown.text
        json.loads(shown.text, parse_constant=pytest.fail)
