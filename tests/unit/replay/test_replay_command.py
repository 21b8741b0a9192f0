# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery replay`` on letters of a file and of a database."""

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.letter import Action, Change, Standing
from ceilobatch.plugins.base import Recovery, StorageCharacteristics
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.slot import slot
from tests.unit.cmd.running import Run
from tests.unit.wire import envelope

from .replay_scene import RECORDED, Scene, both, letter, metered

Replay = Callable[..., tuple[int, dict[str, int], str]]


@both
def test_waiting_letters_are_replayed_and_a_second_time_there_are_none(
    letters: Recovery, scene: Scene, replay: Replay
) -> None:
    letters.add([letter(metered()) for _ in range(5)])
    assert replay("--all") == (0, {"stored": 5, "events": 5, "samples": 10}, "")
    assert replay("--all") == (0, {}, "")
    assert scene.shelves() == (5, 10)
    assert [entry.standing for entry in letters.entries()] == [Standing.REPLAYED] * 5
    (change,) = next(iter(letters.entries())).history
    assert "@" in change.who
    assert change.result == "stored: 1 event and 2 samples"


@both
def test_letter_that_is_named_is_replayed_whatever_stands_with_it(
    letters: Recovery, scene: Scene, replay: Replay
) -> None:
    one = letter(metered())
    letters.add([one, letter(metered())])
    assert replay(one.id) == (0, {"stored": 1, "events": 1, "samples": 2}, "")
    assert replay(one.id[:8]) == (0, {"duplicate": 1}, "")
    assert scene.shelves() == (1, 2)
    results = [change.result.partition(":")[0] for change in entry(letters, one.id).history]
    assert results == ["stored", "duplicate"]


def entry(letters: Recovery, letter_id: str) -> Any:
    found = letters.entry(letter_id)
    assert found is not None
    return found


def test_filters_choose_letters(letters: Recovery, replay: Replay) -> None:
    letters.add([letter(metered()), letter(metered(), exchange="glance")])
    assert replay("--all", "--exchange", "gl*")[1]["stored"] == 1


@both
def test_failures_are_told_and_make_the_exit_code_1(letters: Recovery, replay: Replay) -> None:
    bad = letter(b"not json")
    letters.add([letter(metered()), bad])
    code, rows, said = replay("--all")
    assert (code, rows["stored"], rows["failed"]) == (1, 1, 1)
    assert said.startswith(f"letter {bad.id}: decode: the body is not JSON")
    assert entry(letters, bad.id).attempts == 2
    assert replay("--all")[1] == {"failed": 1}


def test_many_failures_are_not_all_told(letters: Recovery, replay: Replay) -> None:
    letters.add([letter(b"not json %d" % number) for number in range(30)])
    code, rows, said = replay("--all")
    assert (code, rows) == (1, {"failed": 30})
    assert said.count("\n") == 21


@both
def test_dry_run_tells_what_would_be_and_writes_nothing(
    letters: Recovery, scene: Scene, replay: Replay
) -> None:
    bad = letter(b"not json")
    letters.add([letter(metered()), letter(metered()), bad])
    expected = {"stored": 2, "failed": 1, "events": 2, "samples": 4}
    code, rows, said = replay("--all", "--dry-run")
    assert (code, rows) == (1, expected)
    assert bad.id in said
    assert not (scene.directory / "state" / "ceilobatch.sqlite").exists()
    assert [one.history for one in letters.entries()] == [()] * 3


def test_batch_size_and_rate_are_kept(letters: Recovery, replay: Replay) -> None:
    letters.add([letter(metered()) for _ in range(6)])
    begin = time.monotonic()
    assert replay("--all", "--batch-size", "2", "--rate", "10")[1]["stored"] == 6
    # Six messages at ten a second: the last goes half a second after the first.
    assert time.monotonic() - begin >= 0.5


@pytest.mark.parametrize("wrong", [["--rate", "0"], ["--rate", "x"], ["--batch-size", "0"]])
def test_wrong_speed_is_a_usage_error(run: Run, wrong: list[str]) -> None:
    assert run("replay", "--all", *wrong).code == 2


def test_storage_that_is_away_is_one_sentence_and_nothing_is_changed(
    letters: Recovery, scene: Scene, run: Run
) -> None:
    letters.add([letter(metered())])
    with scene.file.open("a") as file:
        file.write("[storage_sql]\nconnection = postgresql://me:secret@127.0.0.1:1/none\n")
    answer = run("replay", "--all")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "secret" not in answer.err
    assert [one.history for one in letters.entries()] == [()]


def test_storage_that_goes_away_in_between_ends_it_with_what_is_left(
    letters: Recovery, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.add([letter(metered()) for _ in range(6)])
    store, calls = SqlStorage.store, []

    def going_away(self: SqlStorage, items: Any, booking: Any = None) -> Any:
        calls.append(items)
        if len(calls) > 2:
            raise errors.Unavailable("the disk is away")
        return store(self, items, booking)

    monkeypatch.setattr(SqlStorage, "store", going_away)
    answer = run("replay", "--all", "--batch-size", "2")
    assert answer.code == 1
    said = "the disk is away; what was done is marked, 4 letters are left"
    assert answer.err == f"ceilobatch: error: {said}\n"
    assert [one.standing for one in letters.entries()].count(Standing.REPLAYED) == 2


def test_replay_into_a_storage_that_drops_late_data_has_to_be_forced(
    letters: Recovery, replay: Replay, run: Run, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    characteristics = StorageCharacteristics(late_after=3600)
    monkeypatch.setattr(SqlStorage, "characteristics", characteristics)
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    letters.add([letter(metered()), letter(metered(timestamp=now)), letter(b"not json")])
    answer = run("replay", "--all")
    assert answer.code == 1
    assert answer.err == (
        "ceilobatch: error: the storage driver 'sql' may drop what is older than 3600 s and say "
        "that it is stored; 1 of 3 letters are older (--force replays them)\n"
    )
    assert [one.history for one in letters.entries()] == [()] * 3
    assert "1 of 3 letters are older" in replay("--all", "--dry-run")[2]
    assert replay("--all", "--force")[1]["stored"] == 2


def test_fresh_letters_need_no_force(
    letters: Recovery, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlStorage, "characteristics", StorageCharacteristics(late_after=3600))
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    letters.add([letter(metered(timestamp=now))])
    assert replay("--all")[0] == 0


def test_handler_of_the_agent_can_be_replaced(letters: Recovery, replay: Replay) -> None:
    letters.add([letter(metered())])
    assert replay("--all", "--handler", "events")[1] == {"stored": 1, "events": 1}


def test_two_replays_at_a_time_have_names_of_their_own(scene: Scene) -> None:
    conf = scene.conf()
    with slot(conf, "replay") as first:
        with slot(conf, "replay") as second:
            assert (first, second) == ("replay-0", "replay-1")
        with slot(conf, "replay") as third:
            assert third == "replay-1"
    with slot(conf, "replay") as again:
        assert again == "replay-0"


PROGRAM = pathlib.Path(sys.executable).parent / "ceilobatch"


def start(scene: Scene, *argv: str) -> "subprocess.Popen[str]":
    command = [str(PROGRAM), "--config-file", str(scene.file), "recovery", "replay", *argv]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def done(letters: Recovery) -> int:
    return [one.standing for one in letters.entries()].count(Standing.REPLAYED)


@both
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_replay_that_is_ended_is_finished_by_the_next(
    letters: Recovery, scene: Scene, replay: Replay, number: int, code: int
) -> None:
    letters.add([letter(metered()) for _ in range(60)])
    process = start(scene, "--all", "--rate", "40")
    try:
        while done(letters) < 8:
            assert process.poll() is None, process.communicate()
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == code, (out, err)
    before = done(letters)
    assert 8 <= before < 60
    assert replay("--all")[0] == 0
    assert done(letters) == 60
    assert scene.shelves() == (60, 120)
    assert all(len(one.history) == 1 for one in letters.entries())
    books = scene.books()
    assert books["in_flight"] == 0
    outcomes = ("stored", "duplicate", "recovered", "ignored", "requeued")
    assert books["received"] == sum(books[name] for name in outcomes)


@both
def test_letter_that_somebody_changes_meanwhile_is_told(
    letters: Recovery, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = letter(envelope())
    letters.add([one])
    store = SqlStorage.store

    def overtaken(self: SqlStorage, items: Any, booking: Any = None) -> Any:
        letters.change([Change(one.id, 0, Action.REPLAYED, "other", RECORDED, "", "")])
        return store(self, items, booking)

    monkeypatch.setattr(SqlStorage, "store", overtaken)
    code, rows, said = replay(one.id)
    assert (code, rows) == (1, {"changed": 1, "events": 1})
    assert "somebody else changed or removed it" in said
    assert [change.who for change in entry(letters, one.id).history] == ["other"]
