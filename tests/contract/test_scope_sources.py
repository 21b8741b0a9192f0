# SPDX-License-Identifier: Apache-2.0
"""The contract of scope sources on those of this package that need no server, and on the fake."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ceilobatch.plugins.scopes.fixed import FixedScopes
from ceilobatch.plugins.scopes.sql import SqlScopes
from ceilobatch.plugins.scopes.static import StaticScopes
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.testing.away import Away
from ceilobatch.testing.configured import configured
from ceilobatch.testing.processing import MemoryScopes
from ceilobatch.testing.scope_source import Make, ScopeSourceOutageSuite, ScopeSourceSuite
from tests.functional.storage_setup import sample


class TestMemoryScopes(ScopeSourceOutageSuite):
    @pytest.fixture
    def made(self) -> list[MemoryScopes]:
        return []

    @pytest.fixture
    def make_source(self, made: list[MemoryScopes]) -> Make:
        def make(scopes: Sequence[str]) -> MemoryScopes:
            made.append(MemoryScopes(scopes))
            return made[-1]

        return make

    @pytest.fixture
    def away(self, made: list[MemoryScopes]) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            made[-1].down = True
            yield
            made[-1].down = False

        return away


class TestStaticScopes(ScopeSourceSuite):
    @pytest.fixture
    def make_source(self) -> Make:
        def make(scopes: Sequence[str]) -> StaticScopes:
            return StaticScopes(configured(StaticScopes, scopes_static={"ids": [*scopes]}))

        return make


class TestFixedScopes(ScopeSourceSuite):
    @pytest.fixture
    def make_source(self) -> Make:
        def make(scopes: Sequence[str]) -> FixedScopes:
            return FixedScopes(configured(FixedScopes, scopes_fixed={"count": len(scopes)}))

        return make

    @pytest.fixture
    def names(self) -> Sequence[str]:
        return [f"scope-{number:05}" for number in range(300)]


class TestSqlScopes(ScopeSourceOutageSuite):
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "ceilobatch.sqlite"

    @pytest.fixture
    def make_source(self, file: Path) -> Make:
        def make(scopes: Sequence[str]) -> SqlScopes:
            options = {"connection": f"sqlite:///{file}", "auto_upgrade": True}
            conf = configured(SqlScopes, storage_sql=options)
            storage = SqlStorage(conf)
            storage.probe()
            # Each of several resources, so that a scope is found more than once.
            storage.store(
                [
                    sample(f"{scope} {resource}", project_id=scope, resource_id=resource)
                    for scope in [*scopes, None]
                    for resource in ("one", "two")
                ]
            )
            storage.close()
            return SqlScopes(conf)

        return make

    @pytest.fixture
    def away(self, file: Path) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = file.rename(file.with_suffix(".elsewhere"))
            yield
            elsewhere.rename(file)

        return away
