# SPDX-License-Identifier: Apache-2.0
"""JSON printed over several lines, with notes behind the places that are to be looked at."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

_INDENT = "  "
ARROW = "  <-- "


class _Node(NamedTuple):
    """:ivar name: what stands before the value on its first line, quoted and with a colon.
    :ivar comma: what stands behind its last.
    """

    value: Any
    path: str = ""
    name: str = ""
    comma: str = ""


def marked(value: Any, notes: Mapping[str, str]) -> str:
    """The text of a structure.

    :param notes: by path in dots, such as ``payload.disks.[0].size``; empty for the whole.
    """
    return "\n".join(_lines(_Node(value), notes, ""))


def labelled(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The children of a value, each after its path."""
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = ((f"[{place}]", item) for place, item in enumerate(value))
    for label, item in pairs:
        yield f"{path}.{label}" if path else str(label), item


def _lines(node: _Node, notes: Mapping[str, str], pad: str) -> Iterator[str]:
    value = node.value
    note = ARROW + notes[node.path] if node.path in notes else ""
    if not isinstance(value, dict | list) or not value:
        yield f"{pad}{node.name}{_json(value)}{node.comma}{note}"
        return
    start, end = "{}" if isinstance(value, dict) else "[]"
    yield f"{pad}{node.name}{start}{note}"
    names = [f"{_json(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    children = zip(labelled(node.path, value), names, strict=True)
    for place, ((path, item), name) in enumerate(children, 1):
        comma = "," if place < len(value) else ""
        yield from _lines(_Node(item, path, name, comma), notes, pad + _INDENT)
    yield f"{pad}{end}{node.comma}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
