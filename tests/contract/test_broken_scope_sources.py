# SPDX-License-Identifier: Apache-2.0
"""The suite of scope sources finds those that break a promise, and tells what is wrong."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest

from ceilobatch import errors
from ceilobatch.testing.memory_collector import MemoryScopes
from ceilobatch.testing.scope_source import NAMES
from ceilobatch.testing.scope_source import ScopeSourceOutageSuite as Suite


class RepeatsIds(MemoryScopes):
    def scopes(self) -> Iterable[str]:
        return [*super().scopes(), *self.names[:3]]


class ReadsTheFirstPageOnly(MemoryScopes):
    def scopes(self) -> Iterable[str]:
        return list(super().scopes())[:100]


class NamesEachScopeForOnce(MemoryScopes):
    def scopes(self) -> Iterable[str]:
        names, self.names = self.names, []
        return names


class SpeltInLowerCase(MemoryScopes):
    def scopes(self) -> Iterable[str]:
        return sorted({name.lower() for name in super().scopes()})


class NamesTheEmptyText(MemoryScopes):
    def scopes(self) -> Iterable[str]:
        return [*super().scopes(), ""]


class SaysEmptyForAFailure(MemoryScopes):
    def scopes(self) -> Iterable[str]:
        try:
            return super().scopes()
        except errors.Unavailable:
            return []


Test = Callable[..., None]
GALLERY: list[tuple[type[MemoryScopes], Test, str]] = [
    (
        RepeatsIds,
        Suite.test_each_scope_is_named_once,
        r"scopes\(\) names 3 scopes more than once, such as 'A'",
    ),
    (
        ReadsTheFirstPageOnly,
        Suite.test_all_scopes_are_named,
        r"scopes\(\) leaves out 56 of 156 scopes.* becomes inactive",
    ),
    (
        NamesEachScopeForOnce,
        Suite.test_asking_again_names_the_same,
        r"scopes\(\) names other scopes each time though the backend has the same",
    ),
    (
        SpeltInLowerCase,
        Suite.test_all_scopes_are_named,
        r"scopes\(\) leaves out 1 of 156 scopes, such as 'A'",
    ),
    (
        NamesTheEmptyText,
        Suite.test_ids_are_texts,
        r"scopes\(\) names the empty text",
    ),
]


@pytest.mark.parametrize(("source", "test", "sentence"), GALLERY)
def test_broken_promise_is_told(source: type[MemoryScopes], test: Test, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        test(Suite(), source, NAMES)


def test_source_that_says_empty_for_a_failure_is_told() -> None:
    made: list[MemoryScopes] = []

    def make(scopes: Sequence[str]) -> MemoryScopes:
        made.append(SaysEmptyForAFailure(scopes))
        return made[-1]

    @contextlib.contextmanager
    def away() -> Iterator[None]:
        made[-1].down = True
        yield
        made[-1].down = False

    sentence = r"scopes\(\) answered \[\] while the backend is away: it has to raise Unavailable"
    with pytest.raises(AssertionError, match=sentence):
        Suite().test_backend_that_is_away_is_unavailable_and_not_empty(make, NAMES, away)
