# SPDX-License-Identifier: Apache-2.0
"""Explanation: why a letter is in recovery, in words, and where in its message to look."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from oslo_config import cfg
from oslo_utils import strutils

from ceilobatch import errors
from ceilobatch.letter import Entry, Letter, Stage, Standing
from ceilobatch.message import ENVELOPE_MESSAGE
from ceilobatch.recovery import fault
from ceilobatch.recovery.concern import Concern, concerns
from ceilobatch.recovery.fault import Fault
from ceilobatch.recovery.masking import MASK
from ceilobatch.recovery.printed import labelled

LOG = logging.getLogger(__name__)

_HAPPENED = {
    Stage.DECODE: "It could not be decoded, so nothing of it was stored or metered",
    Stage.CONVERT: "No event could be made of it, so nothing of it was stored or metered",
    Stage.STORE_EVENT: "The storage{driver} refused its event; it was metered all the same",
    Stage.CONVERT_METER: "Not all samples that its meter definitions promise could be made of it; "
    "everything else of it was stored",
    Stage.STORE_SAMPLE: "The storage{driver} refused samples of it; everything else of it was "
    "stored",
}
_SINCE = {
    Standing.WAITING: "",
    Standing.REPLAYED: " It has been replayed since.",
    Standing.DISCARDED: " It has been discarded since.",
}
_NUL = "\0"


class Explanation(NamedTuple):
    """What there is to say about a letter.

    :ivar why: one or more sentences.
    :ivar fault: what keeps the message from being decoded, or None.
    :ivar concerns: the definitions that have to do with it.
    """

    why: str
    fault: Fault | None
    concerns: Sequence[Concern]


def explain(conf: cfg.ConfigOpts, entry: Entry, body: bytes, secrets: bool = False) -> Explanation:
    """Explain a letter.

    :param body: the version of the message that is looked at.
    :param secrets: leave them readable.
    """
    found = fault.find(body, secrets)
    return Explanation(_why(entry, body, found), found, _concerns(conf, entry.letter, body))


def notes(explanation: Explanation, letter: Letter, message: Any) -> Mapping[str, str]:
    """What to write behind which place of the opened message, by path in dots."""
    values = dict(_all("", message))
    inside = isinstance(message, dict) and isinstance(message.get(ENVELOPE_MESSAGE), dict)
    prefix = f"{ENVELOPE_MESSAGE}." if inside else ""
    wanted = list(_of_fault(explanation.fault)) + [
        (prefix + path, note)
        for concern in explanation.concerns
        for path, note in _of_concern(concern)
    ]
    if "NUL" in letter.reason:
        wanted += [(path, "here is a NUL") for path, value in values.items() if _has_nul(value)]
    return {_existing(path, values): note for path, note in wanted}


def _why(entry: Entry, body: bytes, found: Fault | None) -> str:
    letter = entry.letter
    driver = f" {letter.driver}" if letter.driver else ""
    happened = _HAPPENED[letter.stage].format(driver=driver)
    reason = strutils.mask_password(letter.reason, secret=MASK).rstrip(".")
    sentence = f"{happened}: {reason}.{_SINCE[entry.standing]}"
    if entry.body == letter.body:
        return sentence
    if body != entry.body:
        return f"{sentence} It has been edited since (--current shows it as it is now)."
    now = f"cannot be decoded: {found.reason}" if found else "can be decoded"
    return f"{sentence} As it has been edited, it {now}."


def _concerns(conf: cfg.ConfigOpts, letter: Letter, body: bytes) -> list[Concern]:
    try:
        return concerns(conf, letter, body)
    except errors.ConfigurationError as error:
        for problem in error.problems:
            LOG.warning("The definitions concerned are not known: %s", problem)
        return []


def _of_fault(found: Fault | None) -> Iterator[tuple[str, str]]:
    if found is not None and found.path is not None:
        yield found.path, found.reason
    elif found is not None and found.part == ENVELOPE_MESSAGE:
        yield ENVELOPE_MESSAGE, found.reason


def _of_concern(concern: Concern) -> Iterator[tuple[str, str]]:
    name = concern.written.name
    note = f"the trait {concern.key}" if concern.written.kind == "event" else ""
    for path, _ in concern.found:
        yield path, note or f"the {concern.key} of the meter {name}"


def _all(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    waiting = [(path, value)]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += labelled(*current)


def _has_nul(value: Any) -> bool:
    return isinstance(value, str) and _NUL in value


def _existing(path: str, values: Mapping[str, Any]) -> str:
    """The path, or what it would lie in where it is missing."""
    whole = path.replace("_context_", "_context.", 1)
    if whole in values:
        return whole
    while path and path not in values:
        path = path.rpartition(".")[0]
    return path
