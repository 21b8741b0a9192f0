# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch ingest``: files in, a table of outcomes that adds up out."""

import io
import json
import sqlite3
import sys
from types import SimpleNamespace

import pytest

from ceilobatch.cmd.main import main
from ceilobatch.testing.notifications import generate


@pytest.fixture
def run(tmp_path, capsys):
    configuration = tmp_path / "ceilobatch.conf"
    configuration.write_text(f"[DEFAULT]\nstate_path = {tmp_path}/state\n")

    def call(*arguments, code=0):
        assert main(["--config-file", str(configuration), *arguments, "-f", "json"]) == code
        captured = capsys.readouterr()
        return json.loads(captured.out) if code == 0 else captured.err

    return call


def outcomes(rows):
    figures = {row["outcome"]: row["messages"] for row in rows}
    received = figures.pop("received")
    assert sum(figures.values()) == received
    return {name: count for name, count in figures.items() if count}


def test_files_of_every_form_are_stored_once(run, tmp_path):
    made = list(generate(60, seed=4, mix={"nova": 1}))
    lines, array, bare = (tmp_path / name for name in ("lines", "array", "bare"))
    lines.write_bytes(b"\n".join(one.envelope() for one in made[:20]))
    array.write_text(json.dumps([json.loads(one.envelope()) for one in made[20:40]], indent=1))
    bare.write_text("\n".join(json.dumps(one.body) for one in made[40:]))
    files = [str(lines), str(array), str(bare)]
    assert outcomes(run("ingest", *files)) == {"stored": 60}
    assert outcomes(run("ingest", *files)) == {"duplicate": 60}
    database = sqlite3.connect(tmp_path / "state" / "ceilobatch.sqlite")
    assert database.execute("SELECT count(*) FROM event").fetchone() == (60,)
    database.close()
    listed = run("event", "list")
    assert {row["message_id"] for row in listed} == {one.body["message_id"] for one in made}


def test_standard_input_and_what_cannot_be_used(run, monkeypatch):
    (good,) = generate(1, seed=5, mix={"nova": 1})
    content = good.envelope() + b"\nnot json\n{}\n"
    stdin = SimpleNamespace(buffer=io.BytesIO(content))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert outcomes(run("ingest")) == {"stored": 1, "recovered": 2}
    reasons = {row["reason"].partition(":")[0] for row in run("recovery", "list")}
    assert reasons == {"the body is not JSON", "there is no payload"}


def test_missing_file_is_one_sentence_and_nothing_is_stored(run, tmp_path):
    said = run("ingest", str(tmp_path / "missing"), code=1)
    assert said == f"ceilobatch: error: {tmp_path}/missing: No such file or directory\n"


def test_storage_that_is_away_at_the_start_is_refused(run, tmp_path):
    configuration = tmp_path / "ceilobatch.conf"
    with configuration.open("a") as file:
        file.write("[storage_sql]\nconnection = postgresql://me:secret@127.0.0.1:1/none\n")
    said = run("ingest", "-", code=1)
    assert said.startswith("ceilobatch: error: ")
    assert "secret" not in said
    assert said.count("\n") == 1
