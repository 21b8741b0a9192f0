# SPDX-License-Identifier: Apache-2.0
"""Values of samples as a resource type of Gnocchi takes them."""

import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ceilobatch.definitions.convert import FAILURES, moment
from ceilobatch.plugins.storage.gnocchi_schema import Attributes

TEXT_LIMIT = 255


def taken(values: Mapping[str, Any], attributes: Attributes) -> dict[str, Any]:
    """The values that the resource type has attributes for, each in its form.

    A value that cannot be brought into it is left out: it only describes.
    """
    found = {}
    for name, value in values.items():
        description = attributes.get(name)
        if description is None:
            continue
        try:
            converted = _FORMS[description["type"]](value, description)
        except (KeyError, *FAILURES):
            continue
        if converted is not None:
            found[name] = converted
    return found


def completed(values: Mapping[str, Any], attributes: Attributes) -> dict[str, Any]:
    """The values, and empty texts for what a new resource must have and no sample told."""
    required = {
        name: ""
        for name, description in attributes.items()
        if description.get("required") and description["type"] == "string"
    }
    return {**required, **values}


def same(told: Any, known: Any, description: Mapping[str, Any] | None) -> bool:
    """Whether Gnocchi has this value already, maybe in another spelling."""
    if told == known:
        return True
    if description is None or description["type"] != "datetime" or not isinstance(known, str):
        return False
    try:
        return moment(told) == moment(known)
    except FAILURES:
        return False


def _text(value: Any, description: Mapping[str, Any]) -> str | None:
    written = str(value).replace("\0", "")
    written = written.encode(errors="replace").decode()[: description.get("max_length", TEXT_LIMIT)]
    return written if len(written) >= description.get("min_length", 0) else None


def _uuid(value: Any, _: Mapping[str, Any]) -> str:
    return str(uuid.UUID(str(value)))


def _moment(value: Any, _: Mapping[str, Any]) -> str | None:
    when = moment(value)
    return None if when is None else when.isoformat()


def _number(value: Any, description: Mapping[str, Any]) -> float | None:
    number = float(value)
    least, most = description.get("min"), description.get("max")
    fits = (least is None or number >= least) and (most is None or number <= most)
    return number if fits and math.isfinite(number) else None


def _bool(value: Any, _: Mapping[str, Any]) -> bool | None:
    return value if isinstance(value, bool) else None


_FORMS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "string": _text,
    "uuid": _uuid,
    "datetime": _moment,
    "number": _number,
    "bool": _bool,
}
