# SPDX-License-Identifier: Apache-2.0
"""Reads the text of a path: plain ones here, all others with jsonpath-ng's extended parser.

Definition files are written in the dialect of jsonpath-rw and jsonpath-rw-ext. Its grammar is
that of jsonpath-ng but for the few signs that are translated here; what a path means is
decided in :mod:`ceilobatch.definitions.steps`.
"""

import functools
import re
import warnings
from typing import Any

from jsonpath_ng.ext import parser as extended

_NAME = r"@?[A-Za-z_][A-Za-z0-9_@\-]*"
_PLAIN = re.compile(rf"(?:\$\.)?({_NAME}(?:\.{_NAME})*)")
_RESERVED = frozenset({"where"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SIGNS = re.compile(
    r"""(?P<kept> '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `(?:\\.|[^`\\])*` | =~ )
    | (?P<every> \[\s*\*\s*\] )
    | (?P<regex> ~ )""",
    re.VERBOSE,
)
_TRANSLATED = {
    # jsonpath-ng reads both * and [*] as one wildcard; here a list is not an object.
    "every": "[:]",
    "regex": "=~",
}


class PathError(ValueError):
    """A text that is not a path, with the reason as the end of a sentence."""


def plain_keys(path: str) -> tuple[str, ...] | None:
    """The keys of a plain dotted path, or None where it is none."""
    plain = _PLAIN.fullmatch(path.strip())
    if plain is None:
        return None
    keys = tuple(plain[1].split("."))
    return None if _RESERVED.intersection(keys) else keys


def parse(path: str) -> Any:
    """The syntax tree of a path that is not plain.

    :raises PathError: it cannot be parsed.
    """
    if not path.strip():
        raise PathError("is empty")
    if _NUMBER.fullmatch(path.strip()):
        raise PathError("is a number, not a path")
    try:
        with warnings.catch_warnings():
            # What jsonpath-ng calls deprecated is part of the published dialect.
            warnings.simplefilter("ignore", DeprecationWarning)
            return _parser().parse(_SIGNS.sub(_translate, path))
    except Exception as error:  # noqa: BLE001  (the parser raises bare ones)
        raise PathError(f"is not a path: {_reason(error)}") from None


@functools.cache
def _parser() -> Any:
    """Building its tables takes longer than parsing, and it keeps nothing of what it parsed."""
    # Releases up to 1.7 misspell its name.
    names = ("ExtendedJsonPathParser", "ExtentedJsonPathParser")
    return next(vars(extended)[name] for name in names if name in vars(extended))()


def _translate(sign: re.Match[str]) -> str:
    return _TRANSLATED.get(sign.lastgroup or "", sign[0])


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".!").replace("\n", " ") or type(error).__name__
