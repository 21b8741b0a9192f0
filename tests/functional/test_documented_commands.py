# SPDX-License-Identifier: Apache-2.0
"""Every command of the documentation is run, or is an exception that is looked at."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documentation.exceptions import EXCEPTIONS, exception
from tests.documentation.pages import LANGUAGES, ROOT, Block, Statement, blocks, statements, words

from .documented import DAEMONS, TOOLS, Sandbox, call, copy_of
from .documented_servers import OWN_CONFIGURATION, Stage, needs_servers
from .documented_state import fill, first_notification
from .servers import PostgreSQL, RabbitMQ

EMBEDDED = "[DEFAULT]\nstate_path = {state}\ntransport_url = fake://\n"
ALL = [(block, statements(block)) for block in blocks(*LANGUAGES)]
BY_PAGE: dict[str, list[tuple[Block, list[Statement]]]] = {}
for _block, _statements in ALL:
    BY_PAGE.setdefault(_block.page, []).append((_block, _statements))
# The reference first, whose letter nobody must have touched before.
SERVED = sorted((page for page in BY_PAGE if needs_servers(BY_PAGE[page])), reverse=True)
ALONE = [page for page in BY_PAGE if page not in SERVED]


def test_every_program_is_known() -> None:
    known = {*DAEMONS, *TOOLS, ".venv/bin/ceilobatch"}
    unknown = [
        statement.place
        for _block, found in ALL
        for statement in found
        for argv in statement.words
        if argv[0] not in known and not exception(argv)
    ]
    assert unknown == []


def test_no_command_hides_in_a_block_of_another_kind() -> None:
    programs = {*DAEMONS, *TOOLS, *(one.begin[0] for one in EXCEPTIONS), "pip", "pytest"}
    for block in blocks("text", "literal", "none", "default"):
        for line in block.text.splitlines():
            begin = line.removeprefix("$ ").split()[:1]
            assert not programs & set(begin), f"{block.page}:{block.line}: {line}"


def test_exceptions_are_right_as_far_as_can_be_known() -> None:
    wrong, used = [], set()
    for _block, found in ALL:
        for statement in found:
            for argv in statement.words:
                if one := exception(argv):
                    used.add(one.begin)
                    if problem := one.problem(argv):
                        wrong.append(f"{statement.place}: {problem}")
    assert wrong == []
    assert used == {one.begin for one in EXCEPTIONS}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[str]]]:
    """A state with something in it, and the names that commands use of it."""
    sandbox = Sandbox(tmp_path_factory.mktemp("filled") / "s")
    sandbox.configure(EMBEDDED.format(state=sandbox.state))
    names = fill(sandbox.work / "ceilobatch.conf", sandbox.work)
    return sandbox.state, names


@pytest.fixture
def sandbox(filled: tuple[Path, dict[str, list[str]]], tmp_path: Path) -> Sandbox:
    """Where a page that needs no server is run."""
    place = Sandbox(tmp_path / "s")
    copy_of(filled[0], place.state)
    place.configure(EMBEDDED.format(state=place.state))
    place.names = filled[1]
    files(place)
    return place


def files(place: Sandbox) -> None:
    """What commands read."""
    (place.work / "fix.json").write_text(
        '[{"op": "move", "from": "/payload/0", "path": "/payload"}]'
    )
    (place.work / "first.json").write_text(first_notification())
    (place.work / "first.conf").write_text("[DEFAULT]\nstate_path = ./state\n")
    shutil.copy(place.work / "ceilobatch.conf", place.work / "collector.conf")
    shutil.copytree(ROOT / "etc/ceilobatch/prometheus", place.etc / "prometheus")


def failures(place: Sandbox, page: str, stage: Stage | None = None) -> Iterator[str]:
    """Run the commands of a page; those that fail."""
    for _block, found in BY_PAGE[page]:
        prelude = ""
        for statement in together(found):
            if not statement.words:
                prelude += f"{place.here(statement.text)}\n"
            elif any(exception(argv) for argv in statement.words):
                continue
            else:
                ended = (stage or place).run(statement, prelude)
                if not ended.as_meant(statement):
                    yield f"{statement.place}\nended with {ended.code}: {ended.output}"


def together(found: list[Statement]) -> list[Statement]:
    """One command of all, where something is to run beside the rest."""
    if not any("&" in words(statement.text) for statement in found):
        return found
    text = "\n".join(statement.text for statement in found)
    return [found[0]._replace(text=text, plain=False)]


@pytest.mark.parametrize("page", ALONE)
def test_commands_of_a_page_run(page: str, sandbox: Sandbox) -> None:
    assert list(failures(sandbox, page)) == []


def test_commands_that_need_servers_run(
    filled: tuple[Path, dict[str, list[str]]],
    tmp_path: Path,
    rabbitmq: RabbitMQ,
    postgresql: PostgreSQL,
) -> None:
    wrong: list[str] = []
    with Stage(tmp_path / "all", rabbitmq, postgresql) as stage:
        copy_of(filled[0], stage.place.state)
        stage.place.names = filled[1]
        stage.common()
        files(stage.place)
        for page in SERVED:
            if page not in OWN_CONFIGURATION:
                wrong += failures(stage.place, page, stage)
    assert wrong == []


@pytest.mark.parametrize("page", OWN_CONFIGURATION)
def test_commands_run_with_the_configuration_of_their_page(
    page: str, tmp_path: Path, rabbitmq: RabbitMQ, postgresql: PostgreSQL
) -> None:
    with Stage(tmp_path / "s", rabbitmq, postgresql) as stage:
        stage.of_page(page)
        files(stage.place)
        assert list(failures(stage.place, page, stage)) == []


def test_statements_of_the_documentation_run(
    sandbox: Sandbox, postgresql: PostgreSQL, postgresql_url: str
) -> None:
    file = sandbox.work / "p.conf"
    file.write_text(f"[storage_sql]\nconnection = {postgresql_url}\n")
    assert call("--config-file", str(file), "db", "upgrade").code == 0
    found = list(blocks("sql"))
    assert len(found) > 5
    with contextlib.closing(sqlite3.connect(sandbox.state / "ceilobatch.sqlite")) as database:
        for block in found:
            if "JSON_EXTRACT" in block.text:
                database.executescript(block.text)
                continue
            for statement in block.text.split(";"):
                if statement.strip():
                    postgresql.execute(statement, postgresql_url)
