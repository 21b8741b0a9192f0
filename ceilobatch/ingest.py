# SPDX-License-Identifier: Apache-2.0
"""FileSource: deliveries out of files, for messages that come by another way than the bus."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Delivery
from ceilobatch.plugins.transports.source import Source


class FileSource(Source):
    """The notifications of opened files, one after the other.

    A file holds one JSON object a line, or one JSON array of objects, or one single object. An
    object is the oslo.messaging envelope, the bare body that stands inside, or a record of
    ``exchange``, ``routing_key`` and ``body``. A line that is none of these is delivered as it
    is, so that it ends in recovery.

    :param files: opened for reading bytes.
    :param on_read: told how many bytes were read, as they are.
    """

    def __init__(
        self, files: Sequence[BinaryIO], on_read: Callable[[int], None] | None = None
    ) -> None:
        self.name = ", ".join(getattr(file, "name", "input") for file in files)
        self._deliveries = (
            delivery for file in files for delivery in _read(file, on_read or _ignore)
        )
        self._returned: deque[Delivery] = deque()
        self._unsettled: list[Delivery] = []
        self._at_end = False

    @property
    def exhausted(self) -> bool:
        """Whether everything is read and settled."""
        return self._at_end and not self._returned and not self._unsettled

    def open(self) -> None:
        """Files are open already."""

    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Read until the batch is full or the files end."""
        while batch.room > 0 and (delivery := self._next()):
            self._unsettled.append(delivery)
            batch.add(delivery)

    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """Keep only what was given back, for the next batch."""
        pairs = zip(batch.deliveries, outcomes, strict=True)
        self._returned.extend(one for one, outcome in pairs if outcome is Outcome.REQUEUED)
        self._unsettled.clear()

    def close(self) -> None:
        """Deliver again what is not settled."""
        self._returned.extendleft(reversed(self._unsettled))
        self._unsettled.clear()

    def _next(self) -> Delivery | None:
        if self._returned:
            return self._returned.popleft()
        delivery = next(self._deliveries, None)
        self._at_end = delivery is None
        return delivery


def _ignore(_count: int) -> None:
    """Nobody wants to know."""


def _read(file: BinaryIO, on_read: Callable[[int], None]) -> Iterator[Delivery]:
    lines = _lines(file, on_read)
    first = next(lines, None)
    if first is None:
        return
    if _parses(first) and not first.lstrip().startswith(b"["):
        yield _delivery(first.strip())
        yield from (_delivery(line.strip()) for line in lines)
        return
    # Not one object a line: a document as a whole, or lines that nobody can read.
    yield from _document([first, *lines])


def _lines(file: BinaryIO, on_read: Callable[[int], None]) -> Iterator[bytes]:
    for line in file:
        on_read(len(line))
        if line.strip():
            yield line


def _document(lines: list[bytes]) -> Iterator[Delivery]:
    try:
        document = json.loads(b"".join(lines))
    except (ValueError, RecursionError):
        yield from (_delivery(line.strip()) for line in lines)
        return
    for item in document if isinstance(document, list) else [document]:
        yield _delivery(json.dumps(item).encode())


def _parses(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _delivery(line: bytes) -> Delivery:
    """A delivery; the record of a routed message is taken apart."""
    if b'"routing_key"' in line:
        record = _record(line)
        if record is not None:
            body = record["body"]
            return Delivery(
                body.encode() if isinstance(body, str) else orjson.dumps(body),
                exchange=str(record.get("exchange", "")),
                topic=str(record["routing_key"]),
            )
    return Delivery(line, exchange="file")


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if isinstance(record, dict) and "routing_key" in record and "body" in record:
        return record
    return None
