# SPDX-License-Identifier: Apache-2.0
"""``recovery discard`` and ``recovery purge`` on a real file recovery."""

import contextlib
import csv
import io
import json
import os
import sys
from collections.abc import Iterator

import pytest

from ceilobatch.letter import Action, Letter, Standing, digest
from ceilobatch.plugins.base import Recovery
from tests.unit.cmd.given_letters import ALL, NO_OBJECT, NO_TEXT, REFUSED, change
from tests.unit.cmd.running import Run


def standings(recovery: Recovery) -> dict[str, Standing]:
    return {entry.id: entry.standing for entry in recovery.entries()}


@contextlib.contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, typed: bytes) -> Iterator[None]:
    """A real one on standard input, on which this has been typed."""
    keyboard, screen = os.openpty()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, keyboard)
        monkeypatch.setattr(sys, "stdin", stack.enter_context(open(screen)))
        os.write(keyboard, typed)
        yield


@pytest.mark.usefixtures("letters")
def test_letters_with_these_ids_are_discarded_with_who_and_why(
    run: Run, recovery: Recovery
) -> None:
    answer = run(
        "recovery", "discard", NO_TEXT.id, REFUSED.id[:8], "--why", "a probe", "-f", "json"
    )
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out) == [
        {"id": letter.id, "discarded": True, "result": "discarded"} for letter in (NO_TEXT, REFUSED)
    ]
    assert standings(recovery) == {
        NO_TEXT.id: Standing.DISCARDED,
        NO_OBJECT.id: Standing.WAITING,
        REFUSED.id: Standing.DISCARDED,
    }
    entry = recovery.entry(NO_TEXT.id)
    assert entry is not None
    (done,) = entry.history
    assert (done.action, done.result, done.revision) == (Action.DISCARDED, "a probe", 0)
    assert done.before == done.after == digest(NO_TEXT.body)
    assert "@" in done.who


@pytest.mark.usefixtures("letters")
def test_all_that_the_filters_let_pass_are_discarded(run: Run, recovery: Recovery) -> None:
    answer = run("recovery", "discard", "--all", "--stage", "decode", "--why", "noise", "-f", "csv")
    rows = csv.DictReader(io.StringIO(answer.out))
    assert [row["id"] for row in rows] == [NO_TEXT.id, NO_OBJECT.id]
    assert standings(recovery)[REFUSED.id] is Standing.WAITING


@pytest.mark.usefixtures("letters")
def test_discarding_again_and_discarding_what_was_replayed_changes_nothing(
    run: Run, recovery: Recovery
) -> None:
    recovery.change([change(NO_OBJECT, Action.REPLAYED), change(REFUSED, Action.DISCARDED)])
    before = list(recovery.entries())
    answer = run("recovery", "discard", NO_OBJECT.id, REFUSED.id, "--why", "twice", "-f", "json")
    assert answer.code == 0
    assert [row["result"] for row in json.loads(answer.out)] == [
        "left as it is: it was replayed",
        "left as it is: it was discarded",
    ]
    assert list(recovery.entries()) == before


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("argv", "code", "sentence"),
    [
        ((NO_TEXT.id,), 2, "--why"),
        ((NO_TEXT.id, "--why", " "), 1, "--why is empty: the history needs a reason"),
        (("--why", "x"), 1, "which letters? give their ids, or --all with filters"),
        ((NO_TEXT.id, "--all", "--why", "x"), 1, "give either ids or --all, not both"),
        (
            (NO_TEXT.id, "--event-type", "*", "--why", "x"),
            1,
            "--event-type goes with --all, not with ids",
        ),
        ((NO_TEXT.id, "0" * 16, "--why", "x"), 1, "there is no letter '0000000000000000'"),
    ],
)
def test_what_is_not_clear_discards_nothing(
    run: Run, recovery: Recovery, argv: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = run("recovery", "discard", *argv)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err
    assert set(standings(recovery).values()) == {Standing.WAITING}


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(("typed", "left"), [(b"\n", 3), (b"n\n", 3), (b"y\n", 0), (b"yes\n", 0)])
def test_terminal_is_asked_before_all_are_discarded(
    run: Run, recovery: Recovery, monkeypatch: pytest.MonkeyPatch, typed: bytes, left: int
) -> None:
    with terminal(monkeypatch, typed):
        answer = run("recovery", "discard", "--all", "--why", "x")
    assert "Discard 3 letters? [y/N]" in answer.err
    assert answer.code == (1 if left else 0)
    assert list(standings(recovery).values()).count(Standing.WAITING) == left


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("argv", [("--all", "--yes"), ("-y", "--all"), [one.id for one in ALL]])
def test_terminal_is_not_asked_with_yes_or_with_ids(
    run: Run, recovery: Recovery, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    with terminal(monkeypatch, b"n\n"):
        answer = run("recovery", "discard", *argv, "--why", "x")
    assert answer.err == ""
    assert set(standings(recovery).values()) == {Standing.DISCARDED}


@pytest.fixture
def settled(recovery: Recovery, letters: None) -> None:
    recovery.change([change(NO_OBJECT, Action.REPLAYED), change(REFUSED, Action.DISCARDED)])


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    ("more", "left"),
    [
        ((), [NO_TEXT]),
        (("--status", "replayed"), [NO_TEXT, REFUSED]),
        (("--status", "discarded"), [NO_TEXT, NO_OBJECT]),
        (("--dry-run",), ALL),
    ],
)
def test_settled_letters_are_purged_and_those_that_wait_never(
    run: Run, recovery: Recovery, more: tuple[str, ...], left: list[Letter]
) -> None:
    answer = run("recovery", "purge", "--older-than", "1h", *more, "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    assert list(standings(recovery)) == [letter.id for letter in left]
    expected = 2 if "--dry-run" in more else 3 - len(left)
    assert sum(row["letters"] for row in json.loads(answer.out)) == expected


@pytest.mark.usefixtures("settled")
def test_age_of_a_settled_letter_counts_from_what_happened_last(
    run: Run, recovery: Recovery
) -> None:
    run("recovery", "purge", "--older-than", "2024-05-17T13:30:00")
    assert len(standings(recovery)) == 3
    run("recovery", "purge", "--older-than", "2024-05-17T13:30:01")
    assert list(standings(recovery)) == [NO_TEXT.id]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "argv",
    [(), ("--older-than", "1h", "--status", "waiting"), ("--older-than", "1h", "--status", "all")],
)
def test_purge_of_what_waits_or_of_any_age_is_a_usage_error(
    run: Run, recovery: Recovery, argv: tuple[str, ...]
) -> None:
    assert run("recovery", "purge", *argv).code == 2
    assert len(standings(recovery)) == 3


@pytest.mark.usefixtures("settled")
def test_terminal_is_asked_before_a_purge(
    run: Run, recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal(monkeypatch, b"no\n"):
        answer = run("recovery", "purge", "--older-than", "1h")
    assert answer.code == 1
    assert "Remove 2 letters for good? [y/N]" in answer.err
    assert answer.err.endswith("nothing was done\n")
    assert len(standings(recovery)) == 3
