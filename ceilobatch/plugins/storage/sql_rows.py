# SPDX-License-Identifier: Apache-2.0
"""Turns events and samples into rows, with their documents encoded as JSON by orjson."""

import datetime
import operator
import random
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, cast

import orjson
import sqlalchemy as sa

from ceilobatch.model import Event, Sample, Trait
from ceilobatch.plugins.storage.sql_schema import EVENT, SAMPLE

Row = dict[str, Any]
Identity = Any

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
_message_id = operator.itemgetter(0)
_ATOMS = frozenset((str, int, float, bool, type(None)))


class Refused(Exception):
    """One item cannot be stored; the text is the reason, a sentence."""


class Rows:
    """The rows of one call, and what could not be made into one.

    :ivar table: ``EVENT`` or ``SAMPLE``; the keys of the rows are its columns.
    :ivar rows: in the order of their message ids, so that concurrent calls lock in one order.
    :ivar documents: what is encoded already: the raw messages of events by message id, the
        metadata of samples by ``metadata_part``.
    :ivar refused: reasons by identity.
    :ivar batch_id: which batch all of it came with; None where that is not known.
    :ivar received: when that batch was taken in.
    """

    __slots__ = ("batch_id", "documents", "received", "refused", "rows", "table")

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self.rows: list[Row] = []
        self.documents: dict[Any, bytes] = {}
        self.refused: dict[Identity, str] = {}
        self.batch_id: str | None = None
        self.received: datetime.datetime | None = None

    def identity(self, row: Row) -> Identity:
        """What the database knows this row by."""
        if self.table is EVENT:
            return row["message_id"]
        return row["message_id"], row["name"], row["position"]


def identities(items: Sequence[Event] | Sequence[Sample]) -> list[Identity]:
    """What the database knows each of these items by, as :meth:`Rows.identity` does."""
    if type(items[0]) is Event:
        return [item[0] for item in items]
    return [item[:3] for item in items]


def make_rows(items: Sequence[Event] | Sequence[Sample], nul_allowed: bool) -> Rows:
    """The rows of items that are all of one type.

    :param nul_allowed: whether the database keeps NUL characters in texts.
    """
    if type(items[0]) is Event:
        return event_rows(cast(Sequence[Event], items), nul_allowed)
    return sample_rows(cast(Sequence[Sample], items), nul_allowed)


def event_rows(events: Sequence[Event], nul_allowed: bool) -> Rows:
    """The rows of events; ``raw`` is left to ``documents``."""
    sheet = Rows(EVENT)
    add = sheet.rows.append
    for message_id, event_type, generated, traits, raw, warnings in sorted(events, key=_message_id):
        try:
            groups = group_traits(traits)
            text = groups["text"]
            if raw is not None:
                sheet.documents[message_id] = encode(raw, "the raw message", nul_allowed)
            add(
                {
                    "message_id": message_id,
                    "event_type": event_type,
                    "generated": generated,
                    "project_id": text.get("project_id"),
                    "user_id": text.get("user_id"),
                    "resource_id": text.get("resource_id"),
                    "traits": groups,
                    "warnings": warnings or None,
                }
            )
        except Refused as refusal:
            sheet.refused[message_id] = str(refusal)
    return sheet


def sample_rows(samples: Sequence[Sample], nul_allowed: bool) -> Rows:
    """The rows of samples; their metadata is in ``documents``, once for each mapping."""
    sheet = Rows(SAMPLE)
    add = sheet.rows.append
    parts: dict[tuple[str, int], int | str] = {}
    # A number that no other call uses, so what a message got before is never mistaken for this.
    start = random.getrandbits(62)
    for sample in sorted(samples, key=_message_id):
        message_id, metadata = sample[0], sample[10]
        key = (message_id, id(metadata))
        part = parts.get(key)
        if part is None:
            try:
                part = start + len(parts)
                sheet.documents[part] = encode(metadata, "the metadata", nul_allowed)
            except Refused as refusal:
                part = str(refusal)
            parts[key] = part
        if type(part) is int:
            add(_sample_row(sample, part))
        else:
            sheet.refused[sample[:3]] = str(part)
    return sheet


def _sample_row(sample: Sample, part: int) -> Row:
    message_id, name, position, kind, unit, volume, user, project, resource, timestamp, _ = sample
    return {
        "message_id": message_id,
        "name": name,
        "position": position,
        "type": kind,
        "unit": unit,
        "volume": volume,
        "user_id": user,
        "project_id": project,
        "resource_id": resource,
        "timestamp": timestamp,
        "metadata_part": part,
    }


def group_traits(traits: Sequence[Trait]) -> dict[str, dict[str, Any]]:
    """Traits by type and name; times as ISO 8601 texts of one width that sort like times.

    :raises Refused: a number that JSON and the databases do not have.
    """
    ints: dict[str, Any] = {}
    floats: dict[str, Any] = {}
    times: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {
        "text": {},
        "int": ints,
        "float": floats,
        "datetime": times,
    }
    for name, kind, value in traits:
        groups[kind][name] = value
    for name, value in ints.items():
        if not INT_MIN <= value <= INT_MAX:
            raise Refused(f"the trait {name} is an integer beyond 64 bits")
    for name, value in floats.items():
        if not isfinite(value):
            raise Refused(f"the trait {name} is not a finite number")
    for name, value in times.items():
        times[name] = iso(value)
    return groups


def iso(moment: datetime.datetime) -> str:
    """A moment in UTC, always with microseconds."""
    if moment.tzinfo is not datetime.UTC:
        moment = moment.astimezone(datetime.UTC)
    return moment.isoformat("T", "microseconds")


def encode(document: Mapping[str, Any], what: str, nul_allowed: bool) -> bytes:
    """A document as JSON.

    :raises Refused: it has no faithful JSON, or none that the database keeps.
    """
    try:
        encoded = orjson.dumps(document, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(f"{what} has no JSON: {error}") from None
    # orjson writes what is not finite as null: only then is it worth to look at every value.
    if b"null" in encoded and not all(map(isfinite, leaves(document, float))):
        raise Refused(f"{what} has a number that is not finite")
    if not nul_allowed and b"\\u0000" in encoded and has_nul(document):
        raise Refused(f"{what} has a NUL character in a text")
    return encoded


def has_nul(document: Any) -> bool:
    """Whether a text anywhere inside has a NUL character."""
    return any("\0" in text for text in leaves(document, str))


def leaves(document: Any, kind: type) -> list[Any]:
    """The values inside a document that are of this very type; its keys, too, where texts are."""
    found = []
    waiting = [document]
    others = _ATOMS - {kind}
    # By exact types, the frequent first: asking what is a Mapping takes longer than the rest.
    for value in waiting:
        its_type = type(value)
        if its_type in others:
            continue
        if its_type is kind:
            found.append(value)
        elif its_type is dict:
            if kind is str:
                waiting.extend(value)
            waiting.extend(value.values())
        elif its_type is list or its_type is tuple:
            waiting.extend(value)
        elif isinstance(value, Mapping):
            waiting.append(dict(value))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"type {type(value).__name__} is not serializable")
