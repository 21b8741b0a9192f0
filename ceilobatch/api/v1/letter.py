# SPDX-License-Identifier: Apache-2.0
"""``/v1/letters/{id}``: one letter, why it is there, its message, and the correction of that."""

from collections.abc import Mapping
from typing import Any

import falcon

from ceilobatch import errors
from ceilobatch.api.access import require
from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import letter_edit, revisions
from ceilobatch.api.v1.answer import send
from ceilobatch.api.v1.asked import Given, parameters
from ceilobatch.api.v1.reading import boolean
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery.explanation import explain, notes
from ceilobatch.recovery.exposition import as_fields, head, origin
from ceilobatch.recovery.opening import opened
from ceilobatch.recovery.payload import readable

PARAMETERS = {"current": Given(boolean, False), "secrets": Given(boolean, False)}


def add_routes(app: App, context: Context) -> None:
    """Answer ``/v1/letters/{letter_id}``."""
    app.add_route("/v1/letters/{letter_id}", Letter(context))


class Letter:
    """One letter."""

    def __init__(self, context: Context) -> None:
        self._conf = context.conf

    def on_get(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        """Everything there is to know of it, secrets masked unless they are asked for."""
        require(req, "letters:read")
        asked = parameters(req, PARAMETERS)
        if asked["secrets"]:
            require(req, "letters:secrets")
        with opened(self._conf) as recovery:
            entry = known(recovery, letter_id)
        body = entry.body if asked["current"] else entry.letter.body
        revisions.tell(resp, entry.revision)
        send(resp, self._fields(entry, body, asked["secrets"]))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        """Correct its message by a JSON Patch, or put another one in its place."""
        require(req, "letters:edit")
        wanted = letter_edit.wanted(req)
        with opened(self._conf) as recovery:
            entry = known(recovery, letter_id)
            revisions.compare(req, entry, wanted.revision)
            document = letter_edit.edit(req, self._conf, recovery, entry, wanted)
        revisions.tell(resp, document["revision"])
        send(resp, document)

    def _fields(self, entry: Entry, body: bytes, secrets: bool) -> dict[str, Any]:
        explanation = explain(self._conf, entry, body, secrets)
        kind, message = readable(body, secrets)
        marks: Mapping[str, str] = {}
        if kind == "json":
            marks = notes(explanation, entry.letter, message)
        fields = {
            **head(entry),
            "revision": entry.revision,
            **as_fields(explanation, entry, message, marks, secrets),
            **origin(entry, body, secrets),
            "body_format": kind,
        }
        message = fields.pop("message")
        is_bytes = kind == "base64"
        fields["body"] = None if is_bytes else message
        fields["body_base64"] = message if is_bytes else None
        return fields


def known(recovery: Recovery, letter_id: str) -> Entry:
    """The entry of an id in full.

    :raises Unknown: there is none.
    """
    entry = None
    if letter_id.isascii() and letter_id.isalnum() and len(letter_id) <= 64:
        entry = recovery.entry(letter_id)
    if entry is None:
        raise errors.Unknown(f"there is no letter {letter_id[:64]!a}")
    return entry
