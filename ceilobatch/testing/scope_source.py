# SPDX-License-Identifier: Apache-2.0
"""ScopeSourceSuite: every promise of the contract of scope sources as a test.

A package with a source of its own derives from the suite in a test module and overrides one
fixture::

    class TestMyScopes(ScopeSourceSuite):
        @pytest.fixture
        def make_source(self, tmp_path):
            def make(scopes):
                (tmp_path / "scopes").write_text(",".join(scopes))
                return MyScopes(configured(MyScopes, scopes_mine={"path": ...}))

            return make
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from ceilobatch import errors
from ceilobatch.plugins.processing import ScopeSource
from ceilobatch.testing.away import Away, expect_unavailable

Make = Callable[[Sequence[str]], ScopeSource]
NAMES = ("b", "a", "A", "6f2a90c8d4b7e1350f", "with space", "größe", *map(str, range(150)))


class ScopeSourceSuite:
    """What :class:`~ceilobatch.plugins.processing.ScopeSource` promises."""

    @pytest.fixture
    def make_source(self) -> Make:
        """Override this: a function that gives a new source over certain scopes.

        It is given the ids of all scopes that the backend has.
        """
        raise NotImplementedError("a subclass of ScopeSourceSuite has a fixture make_source")

    @pytest.fixture
    def names(self) -> Sequence[str]:
        """Override this where the backend cannot have any id: the ids that the suite uses."""
        return NAMES

    def test_all_scopes_are_named(self, make_source: Make, names: Sequence[str]) -> None:
        """As they are spelled, however many there are."""
        with _opened(make_source(names)) as source:
            found = set(_asked(source))
        lost = set(names) - found
        assert not lost, (
            f"scopes() leaves out {len(lost)} of {len(names)} scopes, such as {min(lost)!r}: a "
            "scope that is not named becomes inactive, and nothing is retrieved for it."
        )
        strange = found - set(names)
        assert not strange, (
            f"scopes() names {min(strange)!r}, which the backend does not have under this id."
        )

    def test_each_scope_is_named_once(self, make_source: Make, names: Sequence[str]) -> None:
        """However often the backend tells of it."""
        with _opened(make_source(names)) as source:
            found = _asked(source)
        twice = sorted({one for one in found if found.count(one) > 1})
        assert not twice, (
            f"scopes() names {len(twice)} scopes more than once, such as {twice[0]!r}."
        )

    def test_ids_are_texts(self, make_source: Make, names: Sequence[str]) -> None:
        """And none is empty."""
        with _opened(make_source(names)) as source:
            for scope in _asked(source):
                assert isinstance(scope, str), f"scopes() names {scope!r}: an id is a text."
                assert scope, "scopes() names the empty text: what has no scope is left out."

    def test_asking_again_names_the_same(self, make_source: Make, names: Sequence[str]) -> None:
        """It is asked every few minutes, and a scope that is gone for once loses its turn."""
        with _opened(make_source(names)) as source:
            first, second, third = (sorted(_asked(source)) for _ in range(3))
        assert first == second == third, (
            "scopes() names other scopes each time though the backend has the same: a scope that "
            "comes and goes is activated and deactivated in turn."
        )

    def test_no_scopes_are_no_failure(self, make_source: Make) -> None:
        """Nobody uses the cloud yet; a source that cannot be without scopes refuses to be made."""
        try:
            source = make_source([])
        except errors.ConfigurationError:
            return
        with _opened(source):
            assert list(source.scopes()) == [], "scopes() names scopes where there are none."


class ScopeSourceOutageSuite(ScopeSourceSuite):
    """All of :class:`ScopeSourceSuite`, and what is promised while the backend is away."""

    @pytest.fixture
    def away(self) -> Away:
        """Override this: a function that gives a context manager, in which the backend is away.

        For every source, those included that were made before.
        """
        raise NotImplementedError("a subclass of ScopeSourceOutageSuite has a fixture away")

    def test_backend_that_is_away_is_unavailable_and_not_empty(
        self, make_source: Make, names: Sequence[str], away: Away
    ) -> None:
        """An empty answer would deactivate every scope; Unavailable leaves all as they are."""
        with _opened(make_source(names)) as source:
            with away():
                expect_unavailable("scopes()", lambda: list(source.scopes()))
            assert set(_asked(source)) == set(names), (
                "the backend is back, and scopes() does not name what it has."
            )


@contextlib.contextmanager
def _opened(source: ScopeSource) -> Iterator[ScopeSource]:
    try:
        yield source
    finally:
        source.close()


def _asked(source: ScopeSource) -> list[str]:
    """What it names; a generator is run to its end, as the processor does."""
    try:
        return list(source.scopes())
    except Exception as error:
        raise AssertionError(
            f"scopes() raised {type(error).__name__} ({error}) though the backend is there. While "
            "it does, all scopes stay as they are: no new one is ever begun."
        ) from error
