# SPDX-License-Identifier: Apache-2.0
"""Template: a notification of a user's own, with placeholders that are filled in each time.

A placeholder stands in a text: ``${number}``, ``${run}``, ``${uuid}``, ``${now}``,
``${int:1:64}``, ``${float:0:1}``, ``${choice:a|b|c}``. A text that is one placeholder and nothing
else becomes what it makes: a number where it makes a number. ``$${`` stands for ``${``.
"""

import datetime
import json
import random
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ceilobatch import errors
from ceilobatch.message import ENVELOPE_MESSAGE
from ceilobatch.testing.notifications import GeneratedNotification

EXCHANGE = "nova"
TOPIC = "notifications"
_PLACEHOLDER = re.compile(r"\$\$\{|\$\{(?P<name>\w+)(?::(?P<argument>[^}]*))?\}")


class Scene(NamedTuple):
    """What placeholders are made of.

    :ivar run: the id of the run.
    """

    random: random.Random
    number: int
    run: str
    now: datetime.datetime


Fill = Callable[[Scene], Any]


class Template:
    """A notification file: a bare notification, an envelope, or a record with exchange,
    routing_key and body.

    :ivar kind: the name of the file without its suffix.
    :raises ConfigurationError: it cannot be read or is no notification.
    """

    def __init__(self, file: Path) -> None:
        self.kind = file.stem
        record = _record(file)
        body = record["body"]
        self._exchange = str(record.get("exchange") or EXCHANGE)
        self._topic, _, self._priority = str(record["routing_key"]).rpartition(".")
        try:
            self._fill = _compiled(body)
        except ValueError as error:
            raise errors.ConfigurationError(f"{file}: {error}") from None

    def notification(self, scene: Scene) -> GeneratedNotification:
        """One, filled in."""
        body = {"timestamp": f"{scene.now:%Y-%m-%d %H:%M:%S.%f}", **self._fill(scene)}
        return GeneratedNotification(self._exchange, self._topic, self._priority, body)


def _record(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_bytes())
        if isinstance(found, dict) and ENVELOPE_MESSAGE in found:
            found = json.loads(found[ENVELOPE_MESSAGE])
    except OSError as error:
        raise errors.ConfigurationError(f"{file}: {error.strerror}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise errors.ConfigurationError(f"{file} is not JSON: {error}") from None
    if isinstance(found, dict) and "event_type" in found:
        priority = str(found.get("priority", "INFO"))
        defaults = {"priority": priority, "publisher_id": "ceilobatch.perf", "payload": {}}
        key = f"{TOPIC}.{priority.lower()}"
        return {"routing_key": key, "body": {**defaults, **found}}
    if isinstance(found, dict) and "routing_key" in found and isinstance(found.get("body"), dict):
        return found
    raise errors.ConfigurationError(
        f"{file} is neither a notification with an event_type nor a record of exchange, "
        "routing_key and body"
    )


def _compiled(value: Any) -> Fill:
    """What makes a value anew.

    :raises ValueError: there is no such placeholder.
    """
    if isinstance(value, dict):
        members = {key: _compiled(one) for key, one in value.items()}
        return lambda scene: {key: fill(scene) for key, fill in members.items()}
    if isinstance(value, list):
        fills = [_compiled(one) for one in value]
        return lambda scene: [fill(scene) for fill in fills]
    if isinstance(value, str) and "${" in value:
        return _text(value)
    return lambda _: value


def _text(text: str) -> Fill:
    whole = _PLACEHOLDER.fullmatch(text)
    if whole and whole["name"]:
        return _placeholder(whole)
    parts: list[Fill] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [_constant(text[end : match.start()]), _placeholder(match)]
        end = match.end()
    parts.append(_constant(text[end:]))
    return lambda scene: "".join(str(fill(scene)) for fill in parts)


def _constant(value: str) -> Fill:
    return lambda _: value


def _placeholder(match: re.Match[str]) -> Fill:
    name, argument = match["name"], match["argument"] or ""
    if name is None:
        return _constant("${")
    if name not in _MAKERS:
        raise ValueError(f"there is no placeholder {match[0]} (there are: {', '.join(_MAKERS)})")
    try:
        return _MAKERS[name](argument)
    except ValueError:
        raise ValueError(f"{match[0]} has not what its placeholder needs") from None


def _int(argument: str) -> Fill:
    low, high = map(int, argument.split(":"))
    if low > high:
        raise ValueError
    return lambda scene: scene.random.randint(low, high)


def _float(argument: str) -> Fill:
    low, high = map(float, argument.split(":"))
    return lambda scene: round(scene.random.uniform(low, high), 6)


def _choice(argument: str) -> Fill:
    words = argument.split("|")
    return lambda scene: scene.random.choice(words)


def _uuid(_argument: str) -> Fill:
    return lambda scene: str(uuid.UUID(int=scene.random.getrandbits(128), version=4))


_MAKERS: Mapping[str, Callable[[str], Fill]] = {
    "number": lambda _: lambda scene: scene.number,
    "run": lambda _: lambda scene: scene.run,
    "now": lambda _: lambda scene: scene.now.isoformat(),
    "uuid": _uuid,
    "int": _int,
    "float": _float,
    "choice": _choice,
}
