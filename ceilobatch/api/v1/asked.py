# SPDX-License-Identifier: Apache-2.0
"""What a request asks for: its parameters and its body, each declared with a reader."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import falcon

from ceilobatch.api.v1.reading import Reader, shown

_UNREADABLE = (ValueError, RecursionError)


class Given(NamedTuple):
    """How a parameter, or a field of a body, is read.

    :ivar read: raises ValueError with a sentence.
    :ivar many: it may stand several times; the value is a list.
    """

    read: Reader
    default: Any = None
    required: bool = False
    many: bool = False


Declared = Mapping[str, Given]


def parameters(req: falcon.Request, declared: Declared | None = None) -> dict[str, Any]:
    """The parameters behind the ``?``, those that are not given by their default.

    :raises falcon.HTTPBadRequest: one is not known, not readable, or given twice.
    """
    declared = declared or {}
    _refuse_unknown(req.params, declared, "parameter")
    found = {}
    for key, given in declared.items():
        value = req.params.get(key)
        if given.many:
            values = value if isinstance(value, list) else [] if value is None else [value]
            found[key] = [_read(key, given, one) for one in values]
        elif isinstance(value, list):
            refuse(key, "it is given more than once")
        else:
            found[key] = _value(key, given, value)
    return found


def fields(document: Any, declared: Declared, inside: str = "") -> dict[str, Any]:
    """The fields of an object, those that are not given, or null, by their default.

    :param inside: where the object stands, such as ``filters.``.
    :raises falcon.HTTPBadRequest: it is no object, or a field is not known or not readable.
    """
    if document is None:
        document = {}
    if not isinstance(document, dict):
        refuse(inside.rstrip(".") or "body", "it is not an object")
    _refuse_unknown(document, declared, "field", inside)
    return {key: _value(inside + key, given, document.get(key)) for key, given in declared.items()}


def body(req: falcon.Request, media_type: str = falcon.MEDIA_JSON) -> Any:
    """The JSON document of a body; None where there is none.

    :raises falcon.HTTPUnsupportedMediaType: it says that it is something else.
    :raises falcon.HTTPBadRequest: it is no JSON.
    """
    raw = req.bounded_stream.read()
    if not raw:
        return None
    if (req.content_type or "").partition(";")[0].strip().lower() != media_type:
        raise falcon.HTTPUnsupportedMediaType(description=f"The body has to be {media_type}.")
    try:
        return json.loads(raw.decode(), parse_constant=_refuse_constant)
    except RecursionError:
        refuse("body", "it is nested too deeply")
    except ValueError as error:
        refuse("body", f"it is not JSON: {error}")


def segment(value: str, read: Reader, what: str) -> str:
    """A part of the path; what cannot be an id is not there.

    :raises falcon.HTTPNotFound: it cannot.
    """
    try:
        return str(read(value))
    except ValueError as error:
        raise falcon.HTTPNotFound(description=f"There is no such {what}: {error}.") from None


def refuse(key: str, why: str) -> NoReturn:
    """:raises falcon.HTTPBadRequest: naming the parameter or field."""
    raise falcon.HTTPBadRequest(description=f"{key}: {why}.")


def _value(key: str, given: Given, value: Any) -> Any:
    if value is None:
        if given.required:
            refuse(key, "it is required")
        return given.default
    return _read(key, given, value)


def _read(key: str, given: Given, value: Any) -> Any:
    try:
        return given.read(value)
    except ValueError as error:
        refuse(key, str(error))


def _refuse_unknown(
    found: Mapping[str, Any], declared: Declared, what: str, inside: str = ""
) -> None:
    for key in found:
        if key not in declared:
            known = ", ".join(declared) or "none"
            refuse(f"{inside}{shown(key)}", f"there is no such {what} (there are: {known})")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")
