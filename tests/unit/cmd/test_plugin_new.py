# SPDX-License-Identifier: Apache-2.0
"""``plugin new``: what it writes, and what it refuses."""

import tomllib
from pathlib import Path

import pytest

from ceilobatch.cmd.scaffold import KINDS
from tests.unit.cmd.running import Run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, which the command runs in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_package_announces_a_class_that_it_has(bare: Run, here: Path, kind: str) -> None:
    answer = bare("plugin", "new", kind, "green_tea")
    assert answer.code == 0
    package = here / f"ceilobatch-{kind}-green-tea"
    files = [path for path in package.rglob("*") if path.is_file()]
    assert {str(path.relative_to(here)) for path in files} == set(answer.out.split())
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    module, _, name = project["entry-points"][KINDS[kind].namespace]["green_tea"].partition(":")
    assert f"class {name}(" in (package / module / "__init__.py").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_template_is_left_open(bare: Run, here: Path, kind: str) -> None:
    bare("plugin", "new", kind, "tea", "--directory", "mine")
    texts = [path.read_text() for path in (here / "mine").rglob("*") if path.is_file()]
    opened = "".join(texts).replace("$state_path", "")
    assert "$" not in opened
    assert "Yours" in opened


def test_package_says_how_an_operator_chooses_the_driver(bare: Run, here: Path) -> None:
    bare("plugin", "new", "storage", "tea")
    text = (here / "ceilobatch-storage-tea" / "README.rst").read_text()
    assert "   [storage]\n   events = tea\n   samples = tea\n" in text


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("stor", "tea", "no kind of plugin 'stor' (there are: collector, handler, "),
        ("storage", "Green-Tea", "the name 'Green-Tea' cannot be used: "),
        ("storage", "../tea", "the name '../tea' cannot be used: "),
        ("storage", "t" * 41, "cannot be used: it is at most 40 "),
        ("storage", "sql", "a storage driver 'sql' is installed already"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(
    bare: Run, here: Path, kind: str, name: str, sentence: str
) -> None:
    answer = bare("plugin", "new", kind, name)
    assert answer.code == 1
    (line,) = answer.err.splitlines()
    assert sentence in line
    assert list(here.iterdir()) == []


def test_directory_that_is_there_is_left_alone(bare: Run, here: Path) -> None:
    (here / "mine").mkdir()
    answer = bare("plugin", "new", "storage", "tea", "--directory", "mine")
    assert (answer.code, answer.err) == (
        1,
        "ceilobatch: error: mine is there already: nothing was written\n",
    )
    assert list((here / "mine").iterdir()) == []


def test_directory_that_cannot_be_made_is_told(bare: Run, here: Path) -> None:
    (here / "file").touch()
    answer = bare("plugin", "new", "storage", "tea", "--directory", "file/mine")
    assert answer.code == 1
    assert answer.err == "ceilobatch: error: file/mine cannot be written: Not a directory\n"
