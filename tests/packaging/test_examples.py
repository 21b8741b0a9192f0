# SPDX-License-Identifier: Apache-2.0
"""The examples are whole packages: installed beside the project they pass, and operators use them.

What ``ceilobatch plugin new`` writes is installed with them.
"""

import ast
import contextlib
import json
import pathlib
import re
import shutil
import sqlite3
import tokenize

import pytest

from ceilobatch.cmd.main import main
from ceilobatch.cmd.scaffold import KINDS
from ceilobatch.testing.notifications import generate
from tests.packaging.out_of_tree import Outside

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
STORAGE = EXAMPLES / "storage-archive" / "ceilobatch_archive" / "__init__.py"
SUITES = {
    "collector": "CollectorOutageSuite",
    "handler": "HandlerSuite",
    "recovery": "RecoveryOutageSuite",
    "scopes": "ScopeSourceOutageSuite",
    "storage": "StorageOutageSuite",
}
NEW = "fresh_mint"


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[pathlib.Path]:
    """A clean copy of each: building leaves files behind."""
    copy = tmp_path_factory.mktemp("examples") / "copy"
    shutil.copytree(
        EXAMPLES, copy, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    )
    return sorted(path.parent for path in copy.glob("*/pyproject.toml"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> list[pathlib.Path]:
    """A package of every kind, as the command writes it."""
    directory = tmp_path_factory.mktemp("generated")
    made = [directory / kind for kind in KINDS]
    for target in made:
        assert main(["plugin", "new", target.name, NEW, "--directory", str(target)]) == 0
    return made


@pytest.fixture(scope="module")
def outside(
    examples: list[pathlib.Path],
    generated: list[pathlib.Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Outside:
    """An environment with all of them."""
    outside = Outside(tmp_path_factory.mktemp("outside"))
    outside.install([*examples, *generated])
    return outside


@pytest.fixture(scope="module")
def operator(outside: Outside) -> pathlib.Path:
    """The configuration file of somebody who chooses the examples."""
    state = outside.prefix / "state"
    (state / "csv").mkdir(parents=True)
    metrics = outside.prefix / "metrics.yml"
    metrics.write_text("metrics:\n  memory: {unit: MB, extra_args: {column: used}}\n")
    file = outside.prefix / "ceilobatch.conf"
    file.write_text(
        f"[DEFAULT]\nstate_path = {state}\n"
        "[notification]\nhandler = chosen\n"
        "[handler_chosen]\nprefixes = compute.\n"
        "[storage]\nevents = archive\nsamples = archive\n"
        f"[storage_archive]\npath = {state}/kept.sqlite\n"
        "[recovery]\nbackend = cabinet\n"
        f"[processor]\ncollector = csv\nscopes = listed\nmetrics_files = {metrics}\n"
        f"[scopes_listed]\npath = {state}/scopes\n"
    )
    return file


def test_there_is_an_example_of_every_kind() -> None:
    found = {path.parent.name.partition("-")[0] for path in EXAMPLES.glob("*/pyproject.toml")}
    assert found == set(KINDS)


def test_storage_example_has_at_most_forty_lines_of_code() -> None:
    assert 20 < lines_of_code(STORAGE) <= 40


def test_suites_of_examples_and_new_packages_pass_as_they_are(
    outside: Outside, examples: list[pathlib.Path], generated: list[pathlib.Path]
) -> None:
    for package in (*examples, *generated):
        kind = package.name.partition("-")[0]
        (test,) = (package / "tests").glob("test_*.py")
        assert re.search(rf"^class Test\w+\({SUITES[kind]}\):", test.read_text(), re.MULTILINE)
    told = outside.pytest([*examples, *generated])
    count = re.search(r"^(\d+) passed", told, re.MULTILINE)
    assert count, told
    assert int(count[1]) > 200
    assert "skipped" not in told


def test_configuration_of_an_operator_that_chooses_the_examples_is_right(
    outside: Outside, operator: pathlib.Path
) -> None:
    told = outside.ceilobatch("--config-file", operator, "check", "-f", "json")
    assert {row["result"] for row in json.loads(told)} == {"ok"}
    wrong = operator.with_name("wrong.conf")
    wrong.write_text(
        "[storage_archive]\npaht = /somewhere\n[collector_csv]\ndirectory = /nowhere\n"
    )
    files = ("--config-file", operator, "--config-file", wrong)
    told = outside.ceilobatch(*files, "check", "-f", "json")
    (problem,) = (row["detail"] for row in json.loads(told) if row["result"] != "ok")
    assert "[storage_archive] paht: there is no such option" in problem


def test_options_of_the_examples_are_in_the_sample_configuration(outside: Outside) -> None:
    program = "import sys; from oslo_config.generator import main; main(sys.argv[1:])"
    sample = outside.run("-c", program, "--namespace", "ceilobatch")
    for group, option in (
        ("storage_archive", "path"),
        ("recovery_cabinet", "path"),
        ("handler_chosen", "prefixes"),
        ("collector_csv", "directory"),
        ("scopes_listed", "path"),
    ):
        (options,) = re.findall(rf"^\[{group}\]\n(.+?)(?=^\[|\Z)", sample, re.DOTALL | re.MULTILINE)
        assert f"#{option} =" in options


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        ("archive", "ceilobatch.storage"),
        ("cabinet", "ceilobatch.recovery"),
        ("chosen", "ceilobatch.handlers"),
        ("csv", "ceilobatch.collectors"),
        ("listed", "ceilobatch.scopes"),
    ],
)
def test_plugin_show_tells_where_an_example_comes_from(
    outside: Outside, name: str, namespace: str
) -> None:
    told = json.loads(outside.ceilobatch("plugin", "show", name, "-f", "json"))
    assert (told["namespace"], told["status"]) == (namespace, "ok")
    assert (told["package"], told["version"]) == (f"ceilobatch-{name}", "1.0")


def test_messages_go_through_the_examples(outside: Outside, operator: pathlib.Path) -> None:
    made = list(generate(20, seed=4, mix={"nova": 1}))
    messages = outside.prefix / "messages"
    messages.write_bytes(b"\n".join([*(one.envelope() for one in made), b'{"no": "message"}']))
    wanted = [one.body for one in made if one.body["event_type"].startswith("compute.")]
    assert wanted

    def ingest() -> dict[str, int]:
        told = outside.ceilobatch("--config-file", operator, "ingest", messages, "-f", "json")
        return {row["outcome"]: row["messages"] for row in json.loads(told) if row["messages"]}

    rest = {"ignored": 20 - len(wanted)} if len(wanted) < 20 else {}
    assert ingest() == {"stored": len(wanted), "recovered": 1, "received": 21, **rest}
    assert ingest() == {"duplicate": len(wanted), "recovered": 1, "received": 21, **rest}
    kept = outside.prefix / "state" / "kept.sqlite"
    with contextlib.closing(sqlite3.connect(kept)) as database:
        documents = [json.loads(row[0]) for row in database.execute("SELECT document FROM item")]
    assert {one["message_id"] for one in documents} == {one["message_id"] for one in wanted}
    told = outside.ceilobatch("--config-file", operator, "recovery", "list", "-f", "json")
    (letter,) = json.loads(told)
    assert letter["seen"] == 2


def lines_of_code(file: pathlib.Path) -> int:
    """Lines with more on them than comments and docstrings."""
    tree = ast.parse(file.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented)]
    docstrings = {
        line
        for text in texts
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)
    }
    empty = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    with file.open("rb") as opened:
        lines = {
            line
            for token in tokenize.tokenize(opened.readline)
            if token.type not in {*empty, tokenize.ENCODING, tokenize.ENDMARKER}
            for line in range(token.start[0], token.end[0] + 1)
        }
    return len(lines - docstrings)
