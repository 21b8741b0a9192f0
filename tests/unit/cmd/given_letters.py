# SPDX-License-Identifier: Apache-2.0
"""Letters that the tests of the recovery commands begin with."""

import datetime
import json

from ceilobatch.letter import Action, Change, Letter, Stage, digest

RECORDED = datetime.datetime(2024, 5, 17, 12, 30, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
INSIDE = {
    "message_id": "m-2",
    "event_type": "compute.instance.create.end",
    "timestamp": "2024-05-17 12:29:58",
    "_context_auth_token": "gAAAA-very-secret",
    "payload": [{"adminPass": "letmein"}],
}
ENVELOPE = json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(INSIDE)}).encode()

NO_TEXT = Letter(
    b"\xff\x00 no text at all \n",
    Stage.DECODE,
    "Malformed",
    "the body is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 0",
    RECORDED,
    exchange="nova",
    pool="main",
)
NO_OBJECT = Letter(
    ENVELOPE,
    Stage.DECODE,
    "Malformed",
    "the payload is a list, not an object",
    RECORDED + MINUTE,
    message_id="m-2",
    event_type="compute.instance.create.end",
    exchange="nova",
    topic="notifications.info",
    headers={"content_type": "application/json", "x-auth-token": "also-secret"},
)
REFUSED = Letter(
    b'{"event_type": "\x1b[2J"}',
    Stage.STORE_EVENT,
    "Rejected",
    "a NUL in \x1b[31m a text",
    RECORDED + 2 * MINUTE,
    message_id="m-3",
    event_type="image.delete",
    driver="sql",
)
ALL = (NO_TEXT, NO_OBJECT, REFUSED)


def change(
    letter: Letter,
    action: Action,
    *,
    revision: int = 0,
    result: str = "",
    when: datetime.datetime = RECORDED + 60 * MINUTE,
    before: bytes | None = None,
    body: bytes | None = None,
) -> Change:
    """A change of a letter, by alice."""
    old = letter.body if before is None else before
    new = old if body is None else body
    return Change(
        letter.id, revision, action, "alice@desk", when, digest(old), digest(new), result, body
    )
