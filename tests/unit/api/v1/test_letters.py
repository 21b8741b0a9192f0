# SPDX-License-Identifier: Apache-2.0
"""Letters over REST: listed, shown, corrected, replayed, discarded."""

import base64
import json
import threading
from concurrent import futures
from typing import Any

import pytest
from falcon import testing

from ceilobatch.letter import Stage, Standing
from ceilobatch.plugins.base import StorageCharacteristics
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.recovery.opening import opened

from .described import Described
from .world import World, letter, message

both = pytest.mark.parametrize("conf", ["file", "sql"], indirect=True)
LIST, ONE = "/v1/letters", "/v1/letters/{letter_id}"
REPLAY, DISCARD = f"{ONE}/replay", f"{ONE}/discard"
FIX = [{"op": "replace", "path": "/payload/memory_mb", "value": 512}]


def patch(ask: Described, letter_id: str, **more: Any) -> testing.Result:
    return ask("PATCH", f"{LIST}/{letter_id}", of=ONE, **more)


def replay(ask: Described, letter_id: str, **fields: Any) -> Any:
    answer = ask("POST", f"{LIST}/{letter_id}/replay", of=REPLAY, json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json


@both
def test_a_letter_is_listed_shown_corrected_and_replayed(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1))
    (listed,) = admin.get(LIST)["elements"]
    assert (listed["id"], listed["standing"]) == (letter_id, "waiting")

    shown = admin("GET", f"{LIST}/{letter_id}", of=ONE)
    assert shown.json["body"]["oslo.message"]["payload"]["memory_mb"] == "much1"
    assert "very-secret" not in shown.text

    answer = patch(
        admin,
        letter_id,
        json={"patch": FIX, "why": "a number"},
        headers={"If-Match": shown.headers["ETag"]},
    )
    assert answer.json == {"id": letter_id, "changed": True, "revision": 1, "warnings": []}

    done = replay(admin, letter_id)
    assert (done["outcome"], done["events"], done["samples"]) == ("stored", 1, 2)
    (event,) = admin.get("/v1/events")["elements"]
    assert event["message_id"] == "m1"
    assert len(admin.get("/v1/samples", "meter=mem*")["elements"]) == 1
    assert world.history(letter_id) == [
        ("edited", "ann over REST@here"),
        ("replayed", "ann over REST@here"),
    ]
    assert admin.get(LIST)["elements"] == []
    assert admin.get("/v1/ledger")["balanced"]


@both
def test_replayed_twice_is_stored_once(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1, message(1)))
    assert replay(admin, letter_id)["outcome"] == "stored"
    assert replay(admin, letter_id)["outcome"] == "duplicate"
    assert len(admin.get("/v1/events")["elements"]) == 1
    assert len(admin.get("/v1/samples")["elements"]) == 2


@both
def test_of_two_editors_the_second_is_told(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1))
    seen = admin("GET", f"{LIST}/{letter_id}", of=ONE).headers["ETag"]
    assert (
        patch(admin, letter_id, json={"patch": FIX}, headers={"If-Match": seen}).status_code == 200
    )
    other = [{"op": "replace", "path": "/payload/memory_mb", "value": 1024}]
    late = patch(admin, letter_id, json={"patch": other}, headers={"If-Match": seen})
    assert late.status_code == 412
    assert "changed meanwhile" in late.json["description"]
    assert patch(admin, letter_id, json={"patch": other, "revision": 0}).status_code == 409
    assert b"1024" not in world.entry(letter_id).body
    assert patch(admin, letter_id, json={"patch": other, "revision": 1}).status_code == 200
    assert b"1024" in world.entry(letter_id).body


@both
def test_of_editors_at_the_same_time_one_is_taken(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1))
    start = threading.Barrier(4)

    def edit(number: int) -> int:
        size = [{"op": "replace", "path": "/payload/memory_mb", "value": number}]
        start.wait()
        return patch(admin, letter_id, json={"patch": size, "revision": 0}).status_code

    with futures.ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(edit, range(4)))
    assert answers == [200, 409, 409, 409]
    assert len(world.entry(letter_id).history) == 1


def test_a_correction_that_leaves_something_wrong_needs_force(
    world: World, admin: Described
) -> None:
    (letter_id,) = world.add(letter(1))
    wrong = [{"op": "replace", "path": "/payload/memory_mb", "value": "none"}]
    answer = patch(admin, letter_id, json={"patch": wrong})
    assert answer.status_code == 422
    assert "memory: volume" in answer.json["description"]
    assert world.history(letter_id) == []
    forced = patch(admin, letter_id, json={"patch": wrong, "force": True})
    assert forced.status_code == 200
    assert "memory: volume" in forced.json["warnings"][0]


def test_a_bare_json_patch_will_do(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1))
    kind = {"Content-Type": "application/json-patch+json"}
    answer = patch(admin, letter_id, query="why=because", body=json.dumps(FIX), headers=kind)
    assert answer.json["changed"]
    assert world.entry(letter_id).history[0].result == "because"


def test_a_whole_message_takes_the_place_of_one_that_is_no_text(
    world: World, admin: Described
) -> None:
    (letter_id,) = world.add(letter(1, b"\xff\x00", stage=Stage.DECODE, message_id=None))
    shown = admin.get(f"{LIST}/{letter_id}", of=ONE)
    assert shown["body"] is None
    assert base64.b64decode(shown["body_base64"]) == b"\xff\x00"
    assert shown["fault"]["byte"] == 0
    whole = base64.b64encode(message(1)).decode()
    assert patch(admin, letter_id, json={"body_base64": whole}).json["changed"]
    assert not patch(admin, letter_id, json={"body": message(1).decode()}).json["changed"]
    assert admin.get(f"{LIST}/{letter_id}", "current=true", of=ONE)["body_format"] == "json"
    assert replay(admin, letter_id)["done"]


def test_secrets_are_shown_to_admins_who_ask_for_them(
    world: World, admin: Described, reader: Described
) -> None:
    (letter_id,) = world.add(letter(1))
    path = f"{LIST}/{letter_id}"
    assert "very-secret" in admin("GET", path, "secrets=true", of=ONE).text
    assert reader("GET", path, "secrets=true", of=ONE).status_code == 403
    assert "very-secret" not in reader("GET", path, of=ONE).text


@both
def test_pages_follow_each_other_though_letters_are_settled_between(
    world: World, admin: Described
) -> None:
    ids = world.add(*(letter(number) for number in range(7)))
    found, document = [], admin.get(LIST, "limit=2&error=Malf*")
    while True:
        page = [one["id"] for one in document["elements"]]
        found += page
        following = [link["href"] for link in document["links"] if link["rel"] == "next"]
        if not following:
            break
        # The marked one no longer waits, or is gone, when the next page is asked for.
        if len(found) == 2:
            admin("POST", f"{LIST}/{page[-1]}/discard", of=DISCARD, json={"reason": "x"})
        else:
            with opened(world.conf) as recovery:
                recovery.remove([page[-1]])
        path, _, query = following[0].partition("?")
        document = admin.get(path, query)
    assert found == ids


def test_letters_are_found_and_counted_by_conditions(world: World, admin: Described) -> None:
    world.add(letter(1), letter(2), letter(3, b"{", stage=Stage.DECODE, reason="it is not JSON"))
    assert len(admin.get(LIST, "stage=convert-meter")["elements"]) == 2
    assert len(admin.get(LIST, "reason=not%20JSON")["elements"]) == 1
    assert len(admin.get(LIST, "older_than=2026-01-02T03:06:00Z")["elements"]) == 1
    assert admin.get(LIST, "standing=settled")["elements"] == []
    groups = admin.get(LIST, "group=reason&group=stage&limit=1")
    assert [one["letters"] for one in groups["elements"]] == [2]
    rest = groups["links"][1]["href"].partition("?")[2]
    assert [one["reason"] for one in admin.get(LIST, rest)["elements"]] == ["it is not JSON"]


def test_a_selection_is_replayed_some_at_a_time(world: World, admin: Described) -> None:
    world.add(*(letter(number, message(number)) for number in range(3)), letter(9))
    wish = {"filters": {"event_type": "compute.*"}, "limit": 2}
    path = f"{LIST}/replay"
    dry = admin("POST", path, json={**wish, "dry_run": True}).json
    assert (dry["stored"], dry["dry_run"]) == (2, True)
    assert len(admin.get(LIST)["elements"]) == 4
    assert admin("POST", path, json=wish).json["stored"] == 2
    rest = admin("POST", path, json=wish).json
    assert (rest["stored"], rest["failed"], rest["left"]) == (1, 1, 0)
    assert "memory: volume" in rest["failures"][0]["result"]
    assert len(admin.get("/v1/events")["elements"]) == 4


def test_a_discarded_letter_waits_no_longer(world: World, admin: Described) -> None:
    (letter_id,) = world.add(letter(1))
    path = f"{LIST}/{letter_id}/discard"
    assert "reason: it is required" in admin.refused(400, "POST", path, of=DISCARD)
    wrong = {"reason": "old", "revision": 3}
    assert "revision 0" in admin.refused(409, "POST", path, of=DISCARD, json=wrong)
    assert admin("POST", path, of=DISCARD, json={"reason": "old"}).json["discarded"]
    again = admin("POST", path, of=DISCARD, json={"reason": "old"}).json
    assert (again["discarded"], again["revision"]) == (False, 1)
    assert world.history(letter_id) == [("discarded", "ann over REST@here")]


def test_late_data_is_refused_unless_forced(
    world: World, admin: Described, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = StorageCharacteristics(late_after=3600)
    monkeypatch.setattr(SqlStorage, "characteristics", late)
    (letter_id,) = world.add(letter(1, message(1)))
    path = f"{LIST}/{letter_id}/replay"
    assert "may drop" in admin.refused(409, "POST", path, of=REPLAY)
    every: Any = {"filters": {}}
    assert "may drop" in admin.refused(409, "POST", f"{LIST}/replay", json=every)
    assert world.history(letter_id) == []
    assert "may drop" in replay(admin, letter_id, dry_run=True)["warnings"][0]
    assert "may drop" in replay(admin, letter_id, force=True)["warnings"][0]
    assert world.entry(letter_id).standing is Standing.REPLAYED
