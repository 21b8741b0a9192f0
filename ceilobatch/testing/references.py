# SPDX-License-Identifier: Apache-2.0
"""expand: nova's documented samples of notifications, put together from their parts."""

import json
from pathlib import Path
from typing import Any

REFERENCE = "$ref"
DEEPEST = 20


def expand(path: str | Path) -> dict[str, Any]:
    """The sample in a file, with everything in it that it refers to.

    A mapping with ``$ref`` becomes what it refers to: a file, relative to the one that refers to
    it, and after a ``#`` maybe the keys down to a part of it, as in ``common/Flavor.json#/data``.
    Keys beside ``$ref`` override what is there; mappings are merged at any depth, everything
    else is replaced.

    :raises ValueError: the sample is no object, a part does not exist, or files refer to each
        other in a circle.
    :raises OSError: a file cannot be read.
    """
    expanded = _load(Path(path), "", 0)
    if not isinstance(expanded, dict):
        raise ValueError(f"{path} holds no object")
    return expanded


def _load(file: Path, fragment: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError(f"{file} refers to itself")
    part = json.loads(file.read_text())
    for key in filter(None, fragment.split("/")):
        try:
            part = part[int(key)] if isinstance(part, list) else part[key]
        except (LookupError, TypeError, ValueError):
            raise ValueError(f"{file} has no part #{fragment}") from None
    return _resolve(part, file, depth)


def _resolve(value: Any, file: Path, depth: int) -> Any:
    if isinstance(value, list):
        return [_resolve(item, file, depth) for item in value]
    if not isinstance(value, dict):
        return value
    own = {key: _resolve(item, file, depth) for key, item in value.items() if key != REFERENCE}
    if REFERENCE not in value:
        return own
    name, _, fragment = value[REFERENCE].partition("#")
    target = file.parent / name if name else file
    return _merged(_load(target, fragment, depth + 1), own)


def _merged(base: Any, own: dict[str, Any]) -> Any:
    """The base with what overrides it; where nothing does, it may be anything."""
    if not isinstance(base, dict):
        return own or base
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
