# SPDX-License-Identifier: Apache-2.0
"""The books of the agents as a source."""

import sqlite3
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.perf.opened import Wanted, opened
from ceilobatch.perf.sample import Counts, Worker
from ceilobatch.perf.source import Names, Source
from ceilobatch.testing.notifications import generate
from tests.unit.cmd.running import Run


def source(*urls: str) -> Source:
    def refuse() -> Source:
        raise AssertionError("not the one of the configuration")

    return opened(Wanted("ledger", urls, Names(), dict, 1.0), refuse)  # type: ignore[arg-type]


@pytest.fixture
def database(bare: Run, tmp_path: Path) -> str:
    """Books of what was ingested: thirty notifications, of which ten came twice."""
    file = tmp_path / "ceilobatch.conf"
    file.write_text(f"[DEFAULT]\nstate_path = {tmp_path}\nhost = h1\n")
    lines = [one.envelope() for one in generate(30, seed=1, mix={"nova": 1})]
    (tmp_path / "messages").write_bytes(b"\n".join([*lines, *lines[:10], b"{}"]))
    assert bare("--config-file", str(file), "ingest", str(tmp_path / "messages")).code == 0
    return f"sqlite:///{tmp_path / 'ceilobatch.sqlite'}"


def test_the_books_are_read_by_worker_whichever_way_they_are_named(
    database: str, tmp_path: Path, bare: Run
) -> None:
    found = source(database).sample()
    assert found.counts == {Worker("h1/ceilobatch", "ingest-0"): Counts(41, 30, 1, 0, 10, 0)}
    assert found.times == {}
    report = ["perf", "report", "--source", "ledger", "--timeout", "0.05", "--interval", "0.02"]
    answer = bare("--config-file", str(tmp_path / "ceilobatch.conf"), *report, "-f", "json")
    assert (answer.code, answer.err) == (3, "")
    assert '"instance": "h1/ceilobatch"' in answer.out


def test_all_buses_of_a_worker_are_its_process(database: str) -> None:
    with sqlite3.connect(database.removeprefix("sqlite:///")) as books:
        books.execute("UPDATE ledger SET worker = 'h1/w3.2', pool = ''")
        row = "SELECT 'h1/w3', '', hour, 'x', 2, 2, 0, 0, 0, 0, 0 FROM ledger LIMIT 1"
        columns = "worker, pool, hour, event_type, received, stored"
        zeros = "duplicate, recovered, ignored, requeued, events"
        books.execute(f"INSERT INTO ledger ({columns}, {zeros}) {row}")
    books.close()
    assert source(database).sample().counts == {Worker("h1", "p3"): Counts(43, 32, 1, 0, 10, 0)}


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.Unavailable, match="there is no database"):
        source(f"sqlite:///{tmp_path / 'none'}").sample()


def test_a_database_without_books(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(errors.Unavailable, match="the ledger: "):
        source(f"sqlite:///{tmp_path / 'empty'}").sample()


def test_what_is_no_database_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="is not a database that is known here"):
        source("oracle://host/x")
