# SPDX-License-Identifier: Apache-2.0
"""Letter: one message that waits in recovery for a person."""

import datetime
import enum
import hashlib
from dataclasses import dataclass


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

    @property
    def id(self) -> str:
        """The same for the same message stopped at the same stage, so that a redelivered
        message does not become a second letter.
        """
        digest = hashlib.blake2b(self.body, digest_size=8, salt=self.stage.value.encode())
        digest.update(self.driver.encode())
        return digest.hexdigest()
