# SPDX-License-Identifier: Apache-2.0
"""Letter: one message that waits in recovery for a person, and what became of it since."""

import datetime
import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# The fields of a letter, and of a change, that are texts: what stores write one by one.
LETTER_TEXTS = (
    "message_id",
    "event_type",
    "exchange",
    "topic",
    "pool",
    "driver",
    "error",
    "reason",
    "batch_id",
    "host",
    "worker",
    "version",
)
CHANGE_TEXTS = ("who", "before", "after", "result")


class Stage(enum.Enum):
    """Where on its way the message could not go on."""

    DECODE = "decode"
    CONVERT = "convert"
    STORE_EVENT = "store event"
    CONVERT_METER = "convert meter"
    STORE_SAMPLE = "store sample"


@dataclass(frozen=True, slots=True)
class Letter:
    """The exact bytes of a message, where it came from and why it is here.

    :ivar message_id: None where none could be read.
    :ivar driver: the storage driver that refused an item, else empty.
    :ivar error: the class of the error, such as ``Malformed``.
    :ivar reason: one sentence.
    :ivar recorded: when it was put here, aware, UTC.
    :ivar headers: of the message, with nothing in it that JSON cannot hold.
    """

    body: bytes
    stage: Stage
    error: str
    reason: str
    recorded: datetime.datetime
    message_id: str | None = None
    event_type: str | None = None
    exchange: str = ""
    topic: str = ""
    pool: str = ""
    driver: str = ""
    batch_id: str = ""
    host: str = ""
    worker: str = ""
    version: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same for the same message stopped at the same stage, so that a redelivered
        message does not become a second letter.
        """
        digest = hashlib.blake2b(self.body, digest_size=8, salt=self.stage.value.encode())
        digest.update(self.driver.encode())
        return digest.hexdigest()


class Standing(enum.Enum):
    """Whether a letter still needs somebody."""

    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class Action(enum.Enum):
    """What somebody did to a letter."""

    EDITED = "edited"
    REPLAYED = "replayed"
    FAILED = "failed"
    DISCARDED = "discarded"


_STANDING_AFTER = {
    Action.REPLAYED: Standing.REPLAYED,
    Action.DISCARDED: Standing.DISCARDED,
}


class Change(NamedTuple):
    """One thing that was done to a letter: a line of its history.

    :ivar revision: how many changes the letter had before this one.
    :ivar who: the user and host.
    :ivar when: aware, UTC.
    :ivar before: the digest of the message before, see :func:`digest`.
    :ivar after: the digest of it after; the same but for ``EDITED``.
    :ivar result: one sentence: what the replay gave, or why it was edited or discarded.
    :ivar body: the message from now on, for ``EDITED`` only.
    """

    letter_id: str
    revision: int
    action: Action
    who: str
    when: datetime.datetime
    before: str
    after: str
    result: str = ""
    body: bytes | None = None


class Entry(NamedTuple):
    """One letter as a person sees it.

    :ivar letter: as it was recorded first.
    :ivar seen: how often a letter with this id was added; a redelivered message adds one more.
    :ivar last: when it was added last, aware, UTC.
    :ivar history: what was done to it, oldest first.
    """

    letter: Letter
    seen: int
    last: datetime.datetime
    history: tuple[Change, ...] = ()

    @property
    def id(self) -> str:
        """The letter's, which no change changes."""
        return self.letter.id

    @property
    def revision(self) -> int:
        """How many changes it has had."""
        return len(self.history)

    @property
    def body(self) -> bytes:
        """The message as it would be replayed: as it was edited last, else as it came."""
        edited = [change.body for change in self.history if change.body is not None]
        return edited[-1] if edited else self.letter.body

    @property
    def standing(self) -> Standing:
        """Waiting, unless it has been replayed or discarded; an edited one waits again."""
        actions = [change.action for change in self.history if change.action is not Action.FAILED]
        return _STANDING_AFTER.get(actions[-1], Standing.WAITING) if actions else Standing.WAITING

    @property
    def attempts(self) -> int:
        """How often the message was tried: when it came, and when it was replayed."""
        replays = (Action.REPLAYED, Action.FAILED)
        return self.seen + sum(change.action in replays for change in self.history)


def digest(body: bytes) -> str:
    """The 128-bit BLAKE2b of a message, in hexadecimal digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()
