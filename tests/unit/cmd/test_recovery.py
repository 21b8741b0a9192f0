# SPDX-License-Identifier: Apache-2.0
"""``recovery list`` and ``recovery show`` on a real file recovery."""

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ceilobatch import assembly, config
from ceilobatch.cmd.main import main
from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins.base import Recovery
from ceilobatch.telemetry.calls import CallRegistry
from tests.unit.cmd.running import Run

RECORDED = datetime.datetime(2024, 5, 17, 12, 30, tzinfo=datetime.UTC)
INSIDE = {"message_id": "m-2", "event_type": "compute.instance.create.end", "payload": []}
ENVELOPE = json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(INSIDE)}).encode()
GARBAGE = b"\xff\x00 no text at all \n"

NO_TEXT = Letter(GARBAGE, Stage.DECODE, "Malformed", "not UTF-8", RECORDED, exchange="nova")
NO_OBJECT = Letter(
    ENVELOPE,
    Stage.CONVERT,
    "Malformed",
    "the payload is a list, not an object",
    RECORDED + datetime.timedelta(minutes=1),
    message_id="m-2",
    event_type="compute.instance.create.end",
    exchange="nova",
    topic="notifications.info",
)
REFUSED = Letter(
    b'{"event_type": "\x1b[2J"}',
    Stage.STORE_EVENT,
    "Rejected",
    "a NUL in \x1b[31m a text",
    RECORDED + datetime.timedelta(minutes=2),
    message_id="m-3",
    event_type="image.delete",
    driver="sql",
)


@pytest.fixture
def recovery(config_file: Path) -> Recovery:
    conf = config.load([str(config_file)], [])
    return assembly.build_recovery(conf, CallRegistry())


@pytest.fixture
def letters(recovery: Recovery) -> None:
    recovery.add([NO_TEXT, NO_OBJECT])
    recovery.add([NO_OBJECT, REFUSED])


def ids(out: str) -> list[str]:
    return [row["id"] for row in json.loads(out)]


def test_empty_recovery_lists_nothing(run: Run) -> None:
    assert run("recovery", "list", "-f", "json") == (0, "[]\n", "")


@pytest.mark.usefixtures("letters")
def test_letters_are_listed_with_why_and_whence_and_how_often(run: Run) -> None:
    answer = run("recovery", "list", "-f", "json")
    rows = json.loads(answer.out)
    assert [row["id"] for row in rows] == [NO_TEXT.id, NO_OBJECT.id, REFUSED.id]
    assert rows[1] == {
        "id": NO_OBJECT.id,
        "recorded": "2024-05-17T12:31:00+00:00",
        "stage": "convert",
        "reason": "the payload is a list, not an object",
        "event_type": "compute.instance.create.end",
        "message_id": "m-2",
        "exchange": "nova",
        "topic": "notifications.info",
        "seen": 2,
    }
    assert (rows[0]["message_id"], rows[0]["event_type"], rows[0]["seen"]) == (None, None, 1)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--stage", "decode"], [NO_TEXT]),
        (["--stage", "store event"], [REFUSED]),
        (["--stage", "store-event"], [REFUSED]),
        (["--event-type", "compute.*"], [NO_OBJECT]),
        (["--event-type", "image.delete"], [REFUSED]),
        (["--limit", "2"], [NO_TEXT, NO_OBJECT]),
        (["--stage", "decode", "--event-type", "*"], []),
    ],
)
def test_letters_can_be_filtered(run: Run, filters: list[str], wanted: list[Letter]) -> None:
    answer = run("recovery", "list", "-f", "json", *filters)
    assert ids(answer.out) == [letter.id for letter in wanted]


@pytest.mark.parametrize("filters", [["--stage", "nowhere"], ["--limit", "0"], ["--limit", "x"]])
def test_wrong_filter_is_a_usage_error(run: Run, filters: list[str]) -> None:
    answer = run("recovery", "list", *filters)
    assert answer.code == 2
    assert f"'{filters[1]}'" in answer.err


@pytest.mark.usefixtures("letters")
def test_table_shows_control_characters_instead_of_obeying_them(run: Run) -> None:
    answer = run("recovery", "list")
    assert "\x1b" not in answer.out
    assert r"a NUL in \x1b[31m a text" in answer.out
    assert "\x1b" not in run("recovery", "show", REFUSED.id).out


@pytest.mark.usefixtures("letters")
def test_letters_come_as_csv_and_yaml_too(run: Run) -> None:
    table = csv.DictReader(io.StringIO(run("recovery", "list", "-f", "csv").out))
    assert [row["id"] for row in table] == [NO_TEXT.id, NO_OBJECT.id, REFUSED.id]
    listed = yaml.safe_load(run("recovery", "list", "-f", "yaml").out)
    assert [row["id"] for row in listed] == [NO_TEXT.id, NO_OBJECT.id, REFUSED.id]


def test_damaged_entry_is_told_with_its_place_and_the_others_are_listed(
    run: Run, recovery: Recovery, state: Path
) -> None:
    recovery.add([NO_TEXT, REFUSED])
    (file,) = (state / "recovery").glob("letters-*")
    file.write_bytes(file.read_bytes().replace(b"not UTF-8", b"not UTF-9"))
    answer = run("recovery", "list", "-f", "json")
    assert answer.code == 0
    assert ids(answer.out) == [REFUSED.id]
    assert answer.err.startswith(f"ceilobatch: warning: Skipped {file}, line 1 (byte 0)")


def shown(run: Run, letter: Letter) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(run("recovery", "show", letter.id, "-f", "json").out)
    return fields


@pytest.mark.usefixtures("letters")
def test_letter_is_shown_with_all_that_is_known_and_its_envelope_opened(run: Run) -> None:
    fields = shown(run, NO_OBJECT)
    assert fields["body_format"] == "json"
    assert fields["body"] == {"oslo.version": "2.0", "oslo.message": INSIDE}
    assert fields["seen"] == 2
    assert fields["size"] == len(ENVELOPE)
    assert fields["stage"] == "convert"
    for name in ("driver", "error", "pool", "batch_id", "host", "worker", "version", "topic"):
        assert fields[name] == getattr(NO_OBJECT, name)


@pytest.mark.usefixtures("letters")
def test_letter_is_pretty_printed_for_people(run: Run) -> None:
    out = run("recovery", "show", NO_OBJECT.id).out
    assert '"event_type": "compute.instance.create.end"' in out
    assert out.count("\n") > 25


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("format_", ["table", "value", "yaml", "json"])
@pytest.mark.parametrize("letter", [NO_TEXT, NO_OBJECT, REFUSED])
def test_every_letter_can_be_shown_in_every_format(run: Run, letter: Letter, format_: str) -> None:
    answer = run("recovery", "show", letter.id, "-f", format_)
    assert (answer.code, answer.err) == (0, "")
    assert letter.id in answer.out


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("letter", [NO_TEXT, NO_OBJECT, REFUSED])
def test_raw_letter_is_the_message_byte_for_byte(
    letter: Letter, config_file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    argv = ["--config-file", str(config_file), "recovery", "show", letter.id, "--raw"]
    assert main(argv) == 0
    assert capfdbinary.readouterr().out == letter.body


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("more", [[], ["--raw"]])
def test_unknown_letter_is_one_sentence(run: Run, more: list[str]) -> None:
    answer = run("recovery", "show", "0123", *more)
    assert answer == (
        1,
        "",
        "ceilobatch: error: there is no letter '0123' (recovery list shows their ids)\n",
    )


def test_unreadable_recovery_is_one_sentence(run: Run, state: Path) -> None:
    (state / "recovery").write_text("in the way")
    answer = run("recovery", "list")
    assert answer.code == 1
    assert answer.err.startswith("ceilobatch: error: recovery cannot read letters: ")
