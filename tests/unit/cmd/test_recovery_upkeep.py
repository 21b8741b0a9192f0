# SPDX-License-Identifier: Apache-2.0
"""``recovery verify``, ``recovery stats`` and the letters in ``ledger trace``."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.letter import Action
from ceilobatch.plugins.base import Recovery
from tests.unit.cmd.given_letters import ALL, NO_OBJECT, NO_TEXT, REFUSED, change
from tests.unit.cmd.running import Run


@pytest.mark.usefixtures("letters")
def test_sound_store_is_said_to_be_sound_with_its_counts(run: Run, recovery: Recovery) -> None:
    recovery.change([change(NO_TEXT, Action.FAILED), change(REFUSED, Action.DISCARDED)])
    answer = run("recovery", "verify")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("3 letters with 2 changes are sound\n")
    answer = run("recovery", "verify", "-f", "json")
    assert (json.loads(answer.out), answer.err) == ([], "3 letters with 2 changes are sound\n")


@pytest.mark.parametrize("format_", ["table", "json", "csv", "yaml", "value"])
def test_damage_is_listed_with_its_place_and_exit_code_three(
    run: Run, recovery: Recovery, state: Path, format_: str
) -> None:
    recovery.add([NO_TEXT, REFUSED])
    (file,) = (state / "recovery").glob("letters-*")
    file.write_bytes(file.read_bytes().replace(b"not UTF-8", b"not UTF-9"))
    answer = run("recovery", "verify", "-f", format_)
    assert answer.code == 3
    assert f"{file}, line 1" in " ".join(answer.out.split())
    verdict = answer.out if format_ == "table" else answer.err
    assert verdict.endswith("1 damaged places; 1 letters with 0 changes are sound\n")


def counted(run: Run, *more: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = json.loads(run("recovery", "stats", "-f", "json", *more).out)
    return {(row["by"], row["value"]): row for row in rows}


@pytest.mark.usefixtures("letters")
def test_letters_are_counted_by_standing_and_those_that_wait_by_stage_age_and_reason(
    run: Run, recovery: Recovery
) -> None:
    recovery.change([change(NO_TEXT, Action.REPLAYED)])
    found = counted(run)
    assert found["all", ""] == {
        "by": "all",
        "value": "",
        "letters": 3,
        "messages": 4,
        "bytes": sum(len(letter.body) for letter in ALL),
        "oldest": "2024-05-17T12:30:00+00:00",
    }
    assert found["standing", "waiting"]["letters"] == 2
    assert found["standing", "waiting"]["oldest"] == "2024-05-17T12:31:00+00:00"
    assert found["standing", "replayed"]["bytes"] == len(NO_TEXT.body)
    assert found["standing", "discarded"]["oldest"] is None
    assert (found["stage", "decode"]["letters"], found["stage", "decode"]["messages"]) == (1, 2)
    assert found["age", "over 30d"]["letters"] == 2
    assert found["age", "under 1h"]["letters"] == 0
    assert [value for by, value in found if by == "reason"] == [
        NO_OBJECT.reason,
        REFUSED.reason,
    ]
    assert [value for by, value in counted(run, "--top", "1") if by == "reason"] == [
        NO_OBJECT.reason
    ]


def test_nothing_is_counted_as_nothing(run: Run) -> None:
    assert {row["letters"] for row in counted(run).values()} == {0}


@pytest.mark.usefixtures("letters")
def test_counts_come_in_every_format(run: Run) -> None:
    table = csv.DictReader(io.StringIO(run("recovery", "stats", "-f", "csv").out))
    assert [row["letters"] for row in table][:2] == ["3", "3"]
    for format_ in ("table", "yaml", "value"):
        answer = run("recovery", "stats", "-f", format_)
        assert (answer.code, answer.err) == (0, "")
        assert "over 30d" in answer.out
    assert "\x1b" not in run("recovery", "stats").out


@pytest.mark.usefixtures("letters")
def test_trace_of_a_message_tells_its_letters_with_standing_and_history(
    run: Run, recovery: Recovery
) -> None:
    recovery.change([change(REFUSED, Action.DISCARDED, result="noise")])
    assert run("db", "upgrade").code == 0
    answer = run("ledger", "trace", "m-3", "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    (letter,) = json.loads(answer.out)["letters"]
    assert (letter["id"], letter["standing"], letter["seen"]) == (REFUSED.id, "discarded", 1)
    (done,) = letter["history"]
    assert (done["who"], done["action"], done["result"]) == ("alice@desk", "discarded", "noise")
