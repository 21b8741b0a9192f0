# SPDX-License-Identifier: Apache-2.0
"""The scope source ``listed`` keeps every promise of the contract."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.testing.away import Away
from ceilobatch.testing.configured import configured
from ceilobatch.testing.scope_source import ScopeSourceOutageSuite
from ceilobatch_listed import ListedScopes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file that the source reads."""
    return tmp_path / "scopes"


@pytest.fixture
def source(file: Path) -> ListedScopes:
    """A source on the file."""
    return ListedScopes(configured(ListedScopes, scopes_listed={"path": str(file)}))


class TestListedScopes(ScopeSourceOutageSuite):
    """On a file that goes away."""

    @pytest.fixture
    def make_source(self, file: Path, source: ListedScopes) -> Callable[..., ListedScopes]:
        """A source on a file with these lines."""

        def make(scopes: Sequence[str]) -> ListedScopes:
            file.write_text("\n".join(scopes), encoding="utf-8")
            return source

        return make

    @pytest.fixture
    def away(self, file: Path) -> Away:
        """The file is moved."""

        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = file.rename(file.with_name("elsewhere"))
            yield
            elsewhere.rename(file)

        return away


def test_comments_empty_and_repeated_lines_are_no_scopes(file: Path, source: ListedScopes) -> None:
    file.write_text("# customers\none\n\n  two \none\n")
    assert list(source.scopes()) == ["one", "two"]


def test_file_that_is_no_text_is_unavailable(file: Path, source: ListedScopes) -> None:
    file.write_bytes(b"one\n\xff\n")
    with pytest.raises(errors.Unavailable, match="cannot be read"):
        source.scopes()
