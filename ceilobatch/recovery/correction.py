# SPDX-License-Identifier: Apache-2.0
"""Draft: a message as a person corrects it, out of its envelope and back into it."""

import json
from collections.abc import Mapping
from typing import Any

import jsonpatch

from ceilobatch import errors
from ceilobatch.message import ENVELOPE_MESSAGE, ENVELOPE_VERSION

VERSION = "2.0"
_UNREADABLE = (ValueError, RecursionError)
_REASON_LENGTH = 120


class Draft:
    """A message without its envelope, which is put around again.

    An envelope of a version that nobody can open stays, so that it can be corrected as well; it
    is shown with what is inside as an object.

    :ivar text: what to edit: indented JSON where it is JSON, else the bytes as they are.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._envelope, self._inside = _taken_off(body)
        shown = self._inside
        if self._envelope is not None and not _is_known(self._envelope):
            shown = _with_object(self._envelope, shown)
            self._odd: Mapping[str, Any] | None = self._envelope
            self._envelope = None
        else:
            self._odd = None
        self.text = _pretty(shown)

    def corrected(self, text: bytes) -> bytes:
        """The message that an edited text stands for; text that is no JSON is taken as it is.

        A text that has an envelope of its own is used with that one.

        :raises Malformed: the text cannot stand in the envelope that was around it.
        """
        if text == self.text:
            return self._body
        try:
            document = json.loads(text)
        except _UNREADABLE:
            return self._enclosed(text)
        return self._body if self._is_shown(document) else _close(document, self._envelope)

    def patched(self, patch: "Patch") -> bytes:
        """The message with a patch applied to what is inside the envelope.

        An envelope of an unknown version becomes one of version 2.0: what was patched as a
        notification is one.

        :raises Malformed: the patch does not apply, or the message is not JSON.
        """
        inside = _document(self._inside)
        result = patch.apply(inside)
        if self._odd is None and _dump(result) == _dump(inside):
            return self._body
        odd = None if self._odd is None else {**self._odd, ENVELOPE_VERSION: VERSION}
        return _close(result, odd or self._envelope)

    def _is_shown(self, document: Any) -> bool:
        """Whether it is what was shown, whatever the white space."""
        try:
            return _dump(json.loads(self.text)) == _dump(document)
        except _UNREADABLE:
            return False

    def _enclosed(self, text: bytes) -> bytes:
        if self._envelope is None:
            return text
        try:
            return _dump({**self._envelope, ENVELOPE_MESSAGE: text.decode()}).encode()
        except UnicodeDecodeError as error:
            raise errors.Malformed(f"the text is not UTF-8: {error}") from None


def closed(text: bytes) -> bytes:
    """A whole message out of a file: the bytes as they are, but what an envelope may hold as an
    object for people to read is made the text that it has to be.
    """
    try:
        message = json.loads(text)
    except _UNREADABLE:
        return text
    if isinstance(message, dict) and not isinstance(message.get(ENVELOPE_MESSAGE, ""), str):
        return _close(message, None)
    return text


class Patch:
    """A JSON Patch (RFC 6902); its paths begin at the notification, such as ``/payload/size``.

    :raises ValueError: the text is not one; in one sentence.
    """

    def __init__(self, text: bytes) -> None:
        try:
            operations = json.loads(text)
            jsonpatch.JsonPatch(operations)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        except ValueError as error:
            raise ValueError(f"it is not JSON: {error}") from None
        except _REFUSALS as error:
            raise ValueError(_short(error)) from None
        self._operations: list[dict[str, Any]] = operations

    def apply(self, document: Any) -> Any:
        """The changed copy of a document.

        :raises Malformed: an operation does not apply; which one, and why.
        """
        document = json.loads(_dump(document))
        for number, operation in enumerate(self._operations, 1):
            try:
                document = jsonpatch.JsonPatch([operation]).apply(document, in_place=True)
            except _REFUSALS as error:
                what = f"operation {number} ({operation['op']} {operation['path']!r})"
                raise errors.Malformed(f"{what} does not apply: {_short(error)}") from None
        return document


_REFUSALS = (
    *(jsonpatch.JsonPatchException, jsonpatch.JsonPointerException),
    *(TypeError, LookupError, ValueError),
)


def _taken_off(body: bytes) -> tuple[Mapping[str, Any] | None, str | bytes]:
    """The envelope, if there is one, and the text that is inside."""
    try:
        message = json.loads(body)
    except _UNREADABLE:
        return None, body
    if isinstance(message, dict) and isinstance(message.get(ENVELOPE_MESSAGE), str):
        return message, message[ENVELOPE_MESSAGE]
    return None, body


def _is_known(envelope: Mapping[str, Any]) -> bool:
    return str(envelope.get(ENVELOPE_VERSION)).partition(".")[0] == "2"


def _with_object(envelope: Mapping[str, Any], inside: str | bytes) -> str:
    try:
        return _dump({**envelope, ENVELOPE_MESSAGE: json.loads(inside)})
    except _UNREADABLE:
        return _dump(envelope)


def _close(document: Any, envelope: Mapping[str, Any] | None) -> bytes:
    """The message of a document; an envelope that it has itself is the one that counts."""
    if isinstance(document, dict) and ENVELOPE_MESSAGE in document:
        envelope, document = document, document[ENVELOPE_MESSAGE]
        if isinstance(document, str):
            return _dump(envelope).encode()
    if envelope is None:
        return _dump(document).encode()
    return _dump({**envelope, ENVELOPE_MESSAGE: _dump(document)}).encode()


def _document(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except _UNREADABLE as error:
        raise errors.Malformed(f"the message is not JSON: {error}") from None


def _pretty(text: str | bytes) -> bytes:
    try:
        document = json.loads(text)
    except _UNREADABLE:
        return _encoded(text)
    try:
        return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
        return json.dumps(document, indent=2).encode() + b"\n"


def _encoded(text: str | bytes) -> bytes:
    return text.encode(errors="backslashreplace") if isinstance(text, str) else text


def _dump(document: Any) -> str:
    """As oslo.messaging writes it: ASCII."""
    return json.dumps(document)


def _short(error: Exception) -> str:
    """What is wrong, without the document, which may be long and hold secrets."""
    text = str(error).partition(" in {")[0].replace("\n", " ")
    return text if len(text) <= _REASON_LENGTH else text[: _REASON_LENGTH - 1] + "…"
