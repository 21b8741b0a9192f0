# SPDX-License-Identifier: Apache-2.0
"""Corrects the message of a letter over REST, by the rules of ``recovery edit``."""

import base64
import binascii
import contextlib
import json
from typing import Any, NamedTuple

import falcon
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.api.v1 import asked, handlers, reading
from ceilobatch.api.v1.asked import Given, refuse
from ceilobatch.api.v1.person import who
from ceilobatch.letter import Entry
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery import editing
from ceilobatch.recovery.correction import Draft, Patch, closed
from ceilobatch.recovery.masking import masked
from ceilobatch.recovery.trial import rehearsal

JSON_PATCH = "application/json-patch+json"
_REVISION = reading.whole(0, 1_000_000_000)
COMMON = {
    "why": Given(reading.sentence),
    "force": Given(reading.boolean, False),
    "handler": Given(handlers.name),
}


class Wanted(NamedTuple):
    """A correction that somebody wants.

    :ivar patch: JSON Patch; None where ``body`` is the whole new message.
    """

    patch: Patch | None
    body: bytes
    why: str
    force: bool
    handler: str | None
    revision: int | None


def wanted(req: falcon.Request) -> Wanted:
    """What a request asks for.

    :raises falcon.HTTPBadRequest: it cannot be understood.
    """
    if (req.content_type or "").partition(";")[0].strip().lower() == JSON_PATCH:
        given = asked.parameters(req, COMMON)
        patch = _patch(asked.body(req, JSON_PATCH))
        return Wanted(patch, b"", revision=None, **_reasoned(given, "patch over REST"))
    asked.parameters(req)
    given = asked.fields(asked.body(req), FIELDS)
    ways = [name for name in WAYS if given[name] is not None]
    if len(ways) != 1:
        refuse("body", f"it needs exactly one of {', '.join(WAYS)}")
    values = {name: given.pop(name) for name in WAYS}
    revision = given.pop("revision")
    rest = _reasoned(given, f"{ways[0]} over REST")
    if ways == ["patch"]:
        return Wanted(_patch(values["patch"]), b"", revision=revision, **rest)
    return Wanted(None, values[ways[0]], revision=revision, **rest)


def edit(
    req: falcon.Request, conf: cfg.ConfigOpts, recovery: Recovery, entry: Entry, wish: Wanted
) -> dict[str, Any]:
    """Correct, judge and save.

    :raises falcon.HTTPUnprocessableEntity: something would still be wrong, and nobody insists.
    :raises Overtaken: somebody was faster.
    """
    body = _corrected(entry, wish)
    if body == entry.body:
        return _answer(entry, changed=False)
    trial = rehearsal(conf, wish.handler)
    with contextlib.closing(trial.handler):
        problem, note = editing.judge(trial, entry, body)
    if problem and not wish.force:
        raise falcon.HTTPUnprocessableEntity(
            description=f"{masked(problem)}; not saved (force saves it)."
        )
    if not all(recovery.change([editing.change(entry, body, who(req, conf), wish.why)])):
        raise errors.Overtaken(editing.OVERTAKEN)
    return _answer(entry, problem, note, changed=True)


def _answer(entry: Entry, *warnings: str, changed: bool) -> dict[str, Any]:
    return {
        "id": entry.id,
        "changed": changed,
        "revision": entry.revision + changed,
        "warnings": [masked(one) for one in warnings if one],
    }


def _corrected(entry: Entry, wish: Wanted) -> bytes:
    if wish.patch is None:
        return closed(wish.body)
    try:
        return Draft(entry.body).patched(wish.patch)
    except errors.Malformed as error:
        raise falcon.HTTPUnprocessableEntity(description=f"{masked(str(error))}.") from None
    except RecursionError:
        raise falcon.HTTPUnprocessableEntity(
            description="The message is nested too deeply to be patched."
        ) from None


def _reasoned(given: dict[str, Any], way: str) -> dict[str, Any]:
    return {**given, "why": given["why"] or way}


def _patch(operations: Any) -> Patch:
    try:
        return Patch(json.dumps(operations).encode())
    except ValueError as error:
        refuse("patch", f"this is no JSON Patch: {error}")
    except RecursionError:
        refuse("patch", "it is nested too deeply")


def _operations(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("it is not a list of operations")
    return value


def _text(value: Any) -> bytes:
    try:
        if isinstance(value, str):
            return value.encode()
        return json.dumps(value).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no message: {type(error).__name__}") from None


def _bytes(value: Any) -> bytes:
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ValueError("it is not base64")


WAYS = ("patch", "body", "body_base64")
FIELDS = {
    "patch": Given(_operations),
    "body": Given(_text),
    "body_base64": Given(_bytes),
    "revision": Given(_REVISION),
    **COMMON,
}
