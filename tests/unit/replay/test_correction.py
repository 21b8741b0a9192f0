# SPDX-License-Identifier: Apache-2.0
"""Messages out of their envelope, corrected, and back into it."""

import json

import pytest

from ceilobatch import errors
from ceilobatch.message import Delivery, decode
from ceilobatch.recovery.correction import Draft, Patch, closed
from ceilobatch.testing.notifications import generate
from ceilobatch.testing.notifications.broken import BrokenKind, break_notification
from tests.unit.wire import envelope

(GOOD,) = generate(1, seed=3, mix={"nova": 1})


def inside(body: bytes) -> object:
    return json.loads(json.loads(body)["oslo.message"])


def patch(*operations: object) -> Patch:
    return Patch(json.dumps(operations).encode())


def test_notification_is_shown_without_its_envelope_and_goes_back_into_it() -> None:
    body = json.dumps({"oslo.version": "2.0", "x": 1, "oslo.message": '{"payload": {"a": 1}}'})
    draft = Draft(body.encode())
    assert json.loads(draft.text) == {"payload": {"a": 1}}
    assert draft.text.count(b"\n") > 3
    corrected = draft.corrected(draft.text.replace(b"1", b'"\xc3\xa4"'))
    assert json.loads(corrected) == {
        "oslo.version": "2.0",
        "x": 1,
        "oslo.message": '{"payload": {"a": "\\u00e4"}}',
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff no text",
        b"[1, 2]",
        b'{"oslo.version":"2.0","oslo.message":"{\\"a\\":  1}"}',
        b'{"oslo.version": "9.0", "oslo.message": "{}"}',
        b'{"oslo.version": "2.0", "oslo.message": "not json"}',
        b'{"text": "half a pair \\ud800", "number": 1e999, "long": 123456789012345678901234567890}',
        b"[" * 100_000,
    ],
)
def test_text_that_was_not_changed_gives_back_the_very_bytes(body: bytes) -> None:
    draft = Draft(body)
    assert draft.corrected(draft.text) == body
    if draft.text.startswith(b"{"):
        assert draft.corrected(b"\n " + draft.text) == body


def test_message_that_is_not_json_is_edited_as_it_is() -> None:
    cut = GOOD.envelope()[:-2]
    draft = Draft(cut)
    assert draft.text == cut
    assert decode(Delivery(draft.corrected(cut + b'"}'))).message_id == GOOD.body["message_id"]


def test_broken_inside_is_edited_as_text_and_put_back() -> None:
    draft = Draft(json.dumps({"oslo.version": "2.0", "oslo.message": '{"a": '}).encode())
    assert draft.text == b'{"a": '
    assert inside(draft.corrected(b'{"a": 2}')) == {"a": 2}
    assert json.loads(draft.corrected(b'{"a": 2'))["oslo.message"] == '{"a": 2'
    with pytest.raises(errors.Malformed, match="not UTF-8"):
        draft.corrected(b"\xff")


def test_envelope_of_an_unknown_version_is_shown_so_that_it_can_be_corrected() -> None:
    draft = Draft(break_notification(GOOD, BrokenKind.UNKNOWN_ENVELOPE).wire)
    shown = json.loads(draft.text)
    assert shown["oslo.version"] == "9.0"
    assert shown["oslo.message"] == GOOD.body
    corrected = draft.corrected(draft.text.replace(b'"9.0"', b'"2.0"'))
    assert inside(corrected) == GOOD.body
    decode(Delivery(corrected))


def test_text_with_an_envelope_of_its_own_replaces_the_one_around_it() -> None:
    corrected = Draft(envelope()).corrected(GOOD.envelope())
    assert inside(corrected) == GOOD.body


def test_patch_begins_at_the_notification() -> None:
    broken = break_notification(GOOD, BrokenKind.PAYLOAD_LIST).wire
    fix = patch({"op": "move", "from": "/payload/0", "path": "/payload"})
    corrected = Draft(broken).patched(fix)
    assert inside(corrected) == GOOD.body
    assert json.loads(corrected)["oslo.version"] == "2.0"


def test_patch_of_a_message_without_envelope_adds_none() -> None:
    body = json.dumps({"payload": 1}).encode()
    fix = patch({"op": "replace", "path": "/payload", "value": {}})
    assert json.loads(Draft(body).patched(fix)) == {"payload": {}}


def test_patch_that_changes_nothing_gives_back_the_very_bytes() -> None:
    body = GOOD.envelope()
    message_id = GOOD.body["message_id"]
    test = patch({"op": "test", "path": "/message_id", "value": message_id})
    assert Draft(body).patched(test) == body


def test_patched_message_has_an_envelope_that_can_be_opened() -> None:
    broken = break_notification(GOOD, BrokenKind.UNKNOWN_ENVELOPE).wire
    corrected = Draft(broken).patched(patch())
    assert decode(Delivery(corrected)).message_id == GOOD.body["message_id"]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"op": "remove", "path": "/nothing"}, "operation 2 (remove '/nothing') does not apply: "),
        ({"op": "replace", "path": "/payload/a/b", "value": 1}, "operation 2 (replace "),
        ({"op": "test", "path": "/secret", "value": 1}, "operation 2 (test '/secret')"),
        ({"op": "add", "path": "/secret/x", "value": 1}, "operation 2 (add '/secret/x')"),
    ],
)
def test_patch_that_does_not_apply_says_which_operation_and_hides_the_rest(
    operation: object, reason: str
) -> None:
    body = json.dumps({"payload": {}, "secret": ["x"], "token": "abcdef" * 50}).encode()
    fix = patch({"op": "add", "path": "/more", "value": 1}, operation)
    with pytest.raises(errors.Malformed) as caught:
        Draft(body).patched(fix)
    assert str(caught.value).startswith(reason)
    assert "abcdef" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"\xff", b'{"a": ', envelope()[:-30]])
def test_message_that_is_not_json_cannot_be_patched(body: bytes) -> None:
    with pytest.raises(errors.Malformed, match="the message is not JSON"):
        Draft(body).patched(patch())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no",
        b"{}",
        b"[1]",
        b'["add"]',
        b'[{"op": "mend", "path": "/a"}]',
        b'[{"op": "add", "path": "a", "value": 1}]',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_patch_is_told_in_a_sentence(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        Patch(text)


def test_file_may_hold_the_message_as_it_is_shown() -> None:
    shown = json.dumps({"oslo.version": "2.0", "oslo.message": GOOD.body}, indent=2).encode()
    assert inside(closed(shown)) == GOOD.body
    for whole in (GOOD.envelope(), b"not json", b'{"a": 1}\n'):
        assert closed(whole) == whole
