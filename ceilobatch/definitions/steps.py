# SPDX-License-Identifier: Apache-2.0
"""Steps: parts of a path that know where they are, from a match to the matches it leads to."""

from collections.abc import Callable
from typing import Any, NamedTuple, Optional

from ceilobatch.definitions.branches import Branches, inside


class Match(NamedTuple):
    """A value and where it was found; without a parent it is the body, or was computed."""

    value: Any
    label: str = ""
    parent: Optional["Match"] = None


Step = Callable[[Match], list[Match]]


def path_of(match: Match) -> str:
    """The labels from the body down to a match, as trait plugins are told them."""
    labels = []
    while match.parent is not None:
        labels.append(match.label)
        match = match.parent
    return ".".join(reversed(labels))


def this(match: Match) -> list[Match]:
    """The value itself."""
    return [match]


def root(match: Match) -> list[Match]:
    """The body, or the computed value that the match lies in."""
    while match.parent is not None:
        match = match.parent
    return [match]


def parent(match: Match) -> list[Match]:
    """What the value lies in."""
    return [] if match.parent is None else [match.parent]


def below(branches: Branches) -> Step:
    """What lies in the value."""
    return lambda match: [Match(value, label, match) for label, value in branches(match.value)]


def computed(function: Callable[[Any], list[Any]]) -> Step:
    """What is calculated from the value, which then lies nowhere."""
    return lambda match: [Match(value) for value in function(match.value)]


def child(left: Step, right: Step) -> Step:
    """The right step of everything that the left one finds."""
    return lambda match: [found for between in left(match) for found in right(between)]


def union(left: Step, right: Step) -> Step:
    """What the left step finds, then what the right one finds."""
    return lambda match: left(match) + right(match)


def where(left: Step, right: Step, wanted: bool) -> Step:
    """What the left step finds and the right one finds something in, or nothing."""
    return lambda match: [found for found in left(match) if bool(right(found)) is wanted]


def descendants(left: Step, right: Step) -> Step:
    """The right step of everything that lies at any depth in what the left one finds."""
    step = below(inside)

    def find(match: Match) -> list[Match]:
        found: list[Match] = []
        waiting = left(match)[::-1]
        while waiting:
            current = waiting.pop()
            found += right(current)
            waiting += reversed(step(current))
        return found

    return find
