# SPDX-License-Identifier: Apache-2.0
"""Postmark: puts on a letter where its message came from and who could not go on with it."""

import datetime
import importlib.metadata
import json
from collections.abc import Mapping
from typing import Any

from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Delivery, Notification, names
from ceilobatch.parts import Origin

VERSION = importlib.metadata.version("ceilobatch")


class Postmark:
    """Makes the letters of one batch."""

    def __init__(self, origin: Origin, batch_id: str) -> None:
        self._origin = origin
        self._batch_id = batch_id

    def letter(
        self,
        delivery: Delivery,
        stage: Stage,
        error: Exception | str,
        *,
        notification: Notification | None = None,
        driver: str = "",
    ) -> Letter:
        """The letter of one delivery.

        :param error: what was raised, or the reason a driver gave for its rejection.
        """
        rejected = isinstance(error, str)
        # What is no notification may be known by its names all the same.
        message_id, event_type = notification[:2] if notification else names(delivery)
        return Letter(
            body=delivery.body,
            stage=stage,
            error="Rejected" if rejected else type(error).__name__,
            reason=str(error) or type(error).__name__,
            recorded=datetime.datetime.now(datetime.UTC),
            message_id=message_id,
            event_type=event_type,
            exchange=delivery.exchange,
            topic=delivery.topic,
            pool=self._origin.pool,
            driver=driver,
            batch_id=self._batch_id,
            host=self._origin.host,
            worker=self._origin.worker,
            version=VERSION,
            headers=_plain(delivery.headers),
        )


def _plain(headers: Mapping[str, Any] | None) -> dict[str, Any]:
    """The headers with texts in the place of what JSON does not have."""
    if not headers:
        return {}
    plain: dict[str, Any] = json.loads(json.dumps(dict(headers), default=_text, skipkeys=True))
    return plain


def _text(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
