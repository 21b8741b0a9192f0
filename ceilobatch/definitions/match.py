# SPDX-License-Identifier: Apache-2.0
"""Which names a definition is for: globs of event types and meters, and patterns of meters."""

import fnmatch
import re
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Matches = Callable[[str], bool]
T = TypeVar("T")

REMEMBERED = 4096
LONGEST = 255


class Remembered(dict[str, T], Generic[T]):
    """What was found for a name, so that it is looked for once.

    Names come from outside: at most ``REMEMBERED`` of at most ``LONGEST`` characters are kept.
    """

    def __init__(self, find: Callable[[str], T]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> T:
        found = self._find(name)
        if len(name) <= LONGEST:
            if len(self) >= REMEMBERED:
                self.clear()
            self[name] = found
        return found


def event_globs(globs: Iterable[str]) -> Matches:
    """The event types of an event definition; a leading ``!`` excludes, and excludes win.

    Only excludes mean everything else; no glob at all matches nothing.
    """
    globs = list(globs)
    excluded = [glob[1:] for glob in globs if glob.startswith("!")]
    included = [glob for glob in globs if not glob.startswith("!")]
    if excluded and not included:
        included = ["*"]
    return _included_and_not(any_glob(included), any_glob(excluded))


def is_catchall(globs: Iterable[str]) -> bool:
    """Whether these globs of an event definition leave nothing unmatched."""
    globs = list(globs)
    return "*" in globs and not any(glob.startswith("!") for glob in globs)


def names(include: Iterable[str], exclude: Iterable[str]) -> Matches:
    """The meter names that are wanted; no include means all; excludes win."""
    return _included_and_not(any_glob(list(include) or ["*"]), any_glob(exclude))


def _included_and_not(included: Matches, excluded: Matches) -> Matches:
    return lambda name: included(name) and not excluded(name)


def any_glob(globs: Iterable[str]) -> Matches:
    """Case-sensitive shell globs over the whole name."""
    patterns = [re.compile(fnmatch.translate(glob)).match for glob in globs]
    return lambda name: any(match(name) for match in patterns)


def any_pattern(patterns: Iterable[str]) -> Matches:
    """Regular expressions matched at the start, open at the end.

    :raises re.error: one of them is not a regular expression.
    """
    compiled = [re.compile(pattern).match for pattern in patterns]
    return lambda name: any(match(name) for match in compiled)
