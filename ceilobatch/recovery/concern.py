# SPDX-License-Identifier: Apache-2.0
"""Concern: a definition that has to do with a letter, and the places of the message it reads."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.definitions import places
from ceilobatch.definitions.paths import PathCompiler, PathError
from ceilobatch.definitions.places import Written
from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Delivery, Notification, decode

_TRAIT = re.compile(r"trait (\S+) is left out: ")
_ATTRIBUTES = "volume|unit|name|type|user_id|project_id|resource_id|timestamp"
_METER = re.compile(rf"(\S+): ({_ATTRIBUTES}) (?:is|has) ")
_EVENT_STAGES = frozenset({Stage.CONVERT, Stage.STORE_EVENT})
_COLUMN = re.compile(r"(?:trait )?(\S+) has a NUL")


class Concern(NamedTuple):
    """A definition, and the key of it that the reason names.

    :ivar key: the trait, or the attribute of the sample; empty where the reason names none.
    :ivar line: of the key, else of the definition.
    :ivar paths: those behind the key.
    :ivar found: where they lead in the message: path in dots from the message, and value.
    """

    written: Written
    key: str
    line: int
    paths: Sequence[str] = ()
    found: Sequence[tuple[str, Any]] = ()


def concerns(conf: cfg.ConfigOpts, letter: Letter, body: bytes) -> list[Concern]:
    """The definitions concerned, those that the reason names; none where it was not decoded.

    :param body: the message in which their paths are looked up.
    :raises ConfigurationError: the definitions cannot be found or read.
    """
    notification = _decoded(body)
    event_type = letter.event_type or (notification.event_type if notification else None)
    if letter.stage is Stage.DECODE or event_type is None:
        return []
    if letter.stage in _EVENT_STAGES:
        event = places.of_event(conf, event_type)
        return [] if event is None else list(_of_event(event, letter.reason, notification))
    return list(_of_meters(places.of_meters(conf, event_type), letter.reason, notification))


def _of_event(
    written: Written, reason: str, notification: Notification | None
) -> Iterator[Concern]:
    names = dict.fromkeys([*_TRAIT.findall(reason), *_COLUMN.findall(reason)])
    known = [name for name in names if written.paths_of(name)]
    for name in known:
        yield _concern(written, name, notification)
    if not known:
        yield Concern(written, "", written.line)


def _of_meters(
    meters: Sequence[Written], reason: str, notification: Notification | None
) -> Iterator[Concern]:
    named = dict.fromkeys(_METER.findall(reason))
    by_name = {meter.name: meter for meter in meters}
    computed = [meter for meter in meters if meter.name.startswith("$")]
    for name, key in named:
        for meter in [by_name[name]] if name in by_name else computed:
            yield _concern(meter, key, notification)
    if not named:
        mentioned = [meter for meter in meters if f"{meter.name}:" in reason]
        yield from (Concern(meter, "", meter.line) for meter in mentioned or meters)


def _concern(written: Written, key: str, notification: Notification | None) -> Concern:
    paths = written.paths_of(key)
    found = _found(paths, notification) if notification else []
    return Concern(written, key, written.line_of(key), paths, found)


def _found(paths: Sequence[str], notification: Notification) -> list[tuple[str, Any]]:
    compiler = PathCompiler()
    found = []
    for text in paths:
        try:
            pairs = compiler.compile(text).pairs(notification.body)
        except PathError:
            continue
        found += [(_in_message(path), value) for path, value in pairs]
    return found


def _in_message(path: str) -> str:
    """The path in the message, of one in what definitions see of it."""
    root, _, rest = path.partition(".")
    if root == "ctxt":
        return f"_context_{rest}"
    return rest if root == "metadata" and rest else path


def _decoded(body: bytes) -> Notification | None:
    try:
        return decode(Delivery(body))
    except errors.Malformed:
        return None
