# SPDX-License-Identifier: Apache-2.0
"""Paths compiled to functions of a notification's body, each distinct one once."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ceilobatch.definitions import chains, dialect, tree
from ceilobatch.definitions.chains import Body, Getter, Keys
from ceilobatch.definitions.dialect import PathError
from ceilobatch.definitions.functions import Function
from ceilobatch.definitions.steps import Match, Step, path_of

ROOTS = frozenset({"ctxt", "publisher_id", "event_type", "payload", "metadata"})

__all__ = ["ROOTS", "Path", "PathCompiler", "PathError"]


class Path(NamedTuple):
    """What a path finds in a body; none of the functions raises, whatever the body holds.

    :ivar first: the first value that is not null, or None.
    :ivar values: all values, nulls too.
    :ivar pairs: all values, each after its path in dots and without ``$``, nulls too.
    :ivar keys: the keys of a path that is nothing but keys, else None.
    """

    first: Getter
    values: Callable[[Body], list[Any]]
    pairs: Callable[[Body], list[tuple[str, Any]]]
    keys: Keys | None

    @property
    def leads_nowhere(self) -> bool:
        """Whether it begins with a key that no body has."""
        return self.keys is not None and self.keys[0] not in ROOTS


class PathCompiler:
    """Compiles paths and remembers them by their text."""

    def __init__(self) -> None:
        self._compiled: dict[str, Path] = {}

    def compile(self, text: str) -> Path:
        """The path of a text.

        :raises PathError: it is none.
        """
        path = self._compiled.get(text)
        if path is None:
            path = self._compiled[text] = _compile(text)
        return path


def _compile(text: str) -> Path:
    keys: Keys | None = dialect.plain_keys(text)
    if keys is not None:
        return _chain(keys)
    parsed = dialect.parse(text)
    keys = tree.plain_chain(parsed)
    if keys:
        return _chain(keys)
    return _complex(tree.compile_values(parsed), tree.compile_step(parsed))


def _chain(keys: Keys) -> Path:
    values = chains.matches(keys)
    label = ".".join(key if isinstance(key, str) else f"[{key}]" for key in keys)
    return Path(
        chains.chain(keys),
        values,
        lambda body: [(label, value) for value in values(body)],
        keys,
    )


def _complex(values: Function, step: Step) -> Path:
    def first(body: Body) -> Any:
        for value in values(body):
            if value is not None:
                return value
        return None

    return Path(
        first,
        values,
        lambda body: [(path_of(match), match.value) for match in step(Match(body))],
        None,
    )
