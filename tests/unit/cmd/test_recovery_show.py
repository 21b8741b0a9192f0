# SPDX-License-Identifier: Apache-2.0
"""``recovery show`` on a real file recovery: why, where, by which definition, and no secrets."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.cmd.main import main
from ceilobatch.letter import Action, Letter, Stage, digest
from ceilobatch.plugins.base import Recovery
from tests.unit.cmd.given_letters import (
    ALL,
    ENVELOPE,
    NO_OBJECT,
    NO_TEXT,
    RECORDED,
    REFUSED,
    change,
)
from tests.unit.cmd.running import Run

WHOLE = {
    "message_id": "m-9",
    "event_type": "compute.instance.exists",
    "timestamp": "2024-05-17 12:29:58",
    "_context_request_id": "req-1\0",
    "payload": {"instance_id": "i-1", "memory_mb": "plenty", "launched": "soon"},
}
EVENTS = """
- event_type: compute.instance.*
  traits:
    launched:
      type: datetime
      fields: payload.launched
"""
METERS = """
metric:
  - name: memory
    event_type: compute.instance.exists
    type: gauge
    unit: MB
    volume: $.payload.memory_mb
    resource_id: $.payload.instance_id
"""


@pytest.fixture
def config_file(config_file: Path, tmp_path: Path) -> Path:
    """With definitions whose lines are known."""
    (tmp_path / "events.yaml").write_text(EVENTS)
    (tmp_path / "meters.yaml").write_text(METERS)
    with config_file.open("a") as file:
        file.write(f"[events]\ndefinitions = {tmp_path}/events.yaml\nstrict = true\n")
        file.write(f"[meters]\ndefinitions = {tmp_path}/meters.yaml\n")
    return config_file


def of_whole(stage: Stage, reason: str) -> Letter:
    return Letter(
        json.dumps(WHOLE).encode(),
        stage,
        "Malformed",
        reason,
        RECORDED,
        message_id="m-9",
        event_type="compute.instance.exists",
    )


def shown(run: Run, letter: Letter, *more: str) -> dict[str, Any]:
    answer = run("recovery", "show", letter.id, "-f", "json", *more)
    assert (answer.code, answer.err) == (0, "")
    fields: dict[str, Any] = json.loads(answer.out)
    return fields


@pytest.mark.usefixtures("letters")
def test_letter_is_shown_with_all_that_is_known_and_its_envelope_opened(run: Run) -> None:
    fields = shown(run, NO_OBJECT)
    assert fields["body_format"] == "json"
    assert fields["body"]["oslo.message"]["event_type"] == "compute.instance.create.end"
    assert (fields["seen"], fields["attempts"], fields["standing"]) == (2, 2, "waiting")
    assert (fields["size"], fields["digest"]) == (len(ENVELOPE), digest(ENVELOPE))
    assert fields["stage"] == "decode"
    assert fields["history"] == []
    for name in ("driver", "error", "pool", "batch_id", "host", "worker", "version", "topic"):
        assert fields[name] == getattr(NO_OBJECT, name)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("letter", "format_"),
    [
        *((letter, "table") for letter in ALL),
        *((letter, "json") for letter in ALL),
        (NO_OBJECT, "value"),
        (NO_OBJECT, "yaml"),
        (NO_OBJECT, "shell"),
    ],
)
def test_every_letter_can_be_shown_in_every_format(run: Run, letter: Letter, format_: str) -> None:
    answer = run("recovery", "show", letter.id, "-f", format_)
    assert (answer.code, answer.err) == (0, "")
    assert letter.id in answer.out
    assert format_ != "table" or "\x1b" not in answer.out


@pytest.mark.usefixtures("letters")
def test_why_is_said_in_words(run: Run) -> None:
    assert shown(run, NO_OBJECT)["why"] == (
        "It could not be decoded, so nothing of it was stored or metered: the payload is a list, "
        "not an object."
    )
    assert shown(run, REFUSED)["why"].startswith("The storage sql refused its event; it was")


@pytest.mark.usefixtures("letters")
def test_wrong_path_is_named_and_marked_in_the_message(run: Run) -> None:
    assert shown(run, NO_OBJECT)["fault"] == {
        "reason": "the payload is a list, not an object",
        "part": "body",
        "path": "oslo.message.payload",
    }
    out = run("recovery", "show", NO_OBJECT.id).out
    assert '"payload": [  <-- the payload is a list, not an object' in out


@pytest.mark.usefixtures("letters")
def test_byte_that_is_not_utf8_is_shown_in_a_dump_with_a_caret(run: Run) -> None:
    fault = shown(run, NO_TEXT)["fault"]
    assert fault["byte"] == 0
    dump, caret, rest = fault["excerpt"].split("\n")
    assert dump.startswith("00000000  ff 00 20 6e 6f")
    assert dump.endswith("|.. no text at al|")
    assert caret.index("^^") == dump.index("ff")
    assert rest.startswith("00000010  6c 20 0a")


@pytest.mark.parametrize(
    ("body", "part", "position"),
    [
        (b'{"oslo.version": "2.0", "os', "body", 24),
        (b'{"oslo.version": "2.0", "oslo.message": "{\\"a\\": nothing}"}', "oslo.message", 6),
    ],
)
def test_position_where_json_ends_has_a_caret_below(
    run: Run, recovery: Recovery, body: bytes, part: str, position: int
) -> None:
    letter = dataclasses.replace(NO_TEXT, body=body, reason="not JSON")
    recovery.add([letter])
    fault = shown(run, letter)["fault"]
    assert (fault["part"], fault["position"]) == (part, position)
    assert (fault["line"], fault["column"]) == (1, position + 1)
    assert fault["excerpt"].split("\n")[1].index("^") == position
    out = run("recovery", "show", letter.id).out
    assert f"line 1, column {position + 1} of " in out


def test_missing_key_is_marked_where_it_is_missing(run: Run, recovery: Recovery) -> None:
    letter = dataclasses.replace(NO_TEXT, body=b'{"payload": {}}', reason="there is no message_id")
    recovery.add([letter])
    assert shown(run, letter)["fault"]["path"] == "message_id"
    assert "{  <-- there is no message_id" in run("recovery", "show", letter.id).out


def test_trait_problem_names_its_definition_and_marks_its_path(
    run: Run, recovery: Recovery, tmp_path: Path
) -> None:
    reason = "trait launched is left out: 'soon' is not an ISO 8601 time"
    letter = of_whole(Stage.CONVERT, reason)
    recovery.add([letter])
    assert shown(run, letter)["definitions"] == [
        {
            "kind": "event",
            "name": "compute.instance.*",
            "file": f"{tmp_path}/events.yaml",
            "line": 2,
            "key": "launched",
            "key_line": 4,
            "paths": ["payload.launched"],
            "found": [{"path": "payload.launched", "value": "soon"}],
        }
    ]
    out = run("recovery", "show", letter.id).out
    assert '"launched": "soon"  <-- the trait launched' in out
    assert f"{tmp_path}/events.yaml, line 2: event compute.instance.*" in out


def test_meter_problem_names_its_definition_and_marks_its_path(
    run: Run, recovery: Recovery, tmp_path: Path
) -> None:
    letter = of_whole(Stage.CONVERT_METER, "memory: volume is 'plenty', not a number")
    recovery.add([letter])
    (definition,) = shown(run, letter)["definitions"]
    assert (definition["kind"], definition["name"]) == ("meter", "memory")
    assert (definition["file"], definition["line"]) == (f"{tmp_path}/meters.yaml", 3)
    assert (definition["key"], definition["key_line"]) == ("volume", 7)
    assert definition["found"] == [{"path": "payload.memory_mb", "value": "plenty"}]
    out = run("recovery", "show", letter.id).out
    assert '"memory_mb": "plenty",  <-- the volume of the meter memory' in out


def test_stored_refusal_names_the_event_definition_and_marks_a_nul(
    run: Run, recovery: Recovery
) -> None:
    letter = of_whole(Stage.STORE_EVENT, "a text has a NUL character")
    recovery.add([letter])
    fields = shown(run, letter)
    assert fields["fault"] is None
    assert [definition["line"] for definition in fields["definitions"]] == [2]
    assert fields["marks"] == {"_context_request_id": "here is a NUL"}


def test_definitions_that_cannot_be_read_keep_no_letter_from_being_shown(
    run: Run, recovery: Recovery, tmp_path: Path
) -> None:
    letter = of_whole(Stage.CONVERT, "trait launched is left out: 'soon' is not an ISO 8601 time")
    recovery.add([letter])
    (tmp_path / "events.yaml").write_text("- [")
    answer = run("recovery", "show", letter.id, "-f", "json")
    assert (answer.code, json.loads(answer.out)["definitions"]) == (0, [])
    assert "The definitions concerned are not known: " in answer.err


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("format_", ["table", "json", "yaml", "value"])
def test_secrets_are_masked_unless_they_are_asked_for(run: Run, format_: str) -> None:
    secrets = ("gAAAA-very-secret", "letmein", "also-secret")
    masked = run("recovery", "show", NO_OBJECT.id, "-f", format_)
    assert not any(secret in masked.out for secret in secrets)
    assert "_context_auth_token" in masked.out
    plain = run("recovery", "show", NO_OBJECT.id, "-f", format_, "--secrets")
    assert all(secret in plain.out for secret in secrets)


@pytest.mark.parametrize("cut", [b"\xff", b""])
def test_secrets_are_masked_in_what_is_not_json_too(
    run: Run, recovery: Recovery, cut: bytes
) -> None:
    letter = dataclasses.replace(NO_TEXT, body=ENVELOPE[:-10] + cut, reason="torn")
    recovery.add([letter])
    for format_ in ("table", "json"):
        out = run("recovery", "show", letter.id, "-f", format_).out
        assert "gAAAA" not in out
        assert "67 41 41 41" not in out
        assert "letmein" not in out


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("letter", ALL)
def test_raw_letter_is_the_message_byte_for_byte(
    letter: Letter, config_file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    argv = ["--config-file", str(config_file), "recovery", "show", letter.id, "--raw"]
    assert main(argv) == 0
    assert capfdbinary.readouterr().out == letter.body


@pytest.mark.usefixtures("letters")
def test_edited_letter_is_shown_as_it_came_and_as_it_is_now(
    recovery: Recovery, config_file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    now = json.dumps(WHOLE).encode()
    recovery.change(
        [
            change(NO_OBJECT, Action.EDITED, result="payload unpacked", body=now),
            change(NO_OBJECT, Action.FAILED, revision=1, before=now, result="no storage"),
        ]
    )
    argv = ["--config-file", str(config_file), "recovery", "show", NO_OBJECT.id]
    assert main([*argv, "-f", "json"]) == 0
    came = json.loads(capfdbinary.readouterr().out)
    assert "--current shows it" in came["why"]
    assert came["fault"]["path"] == "oslo.message.payload"
    assert main([*argv, "-f", "json", "--current"]) == 0
    current = json.loads(capfdbinary.readouterr().out)
    assert current["body"]["message_id"] == "m-9"
    assert current["fault"] is None
    assert current["why"].endswith("As it has been edited, it can be decoded.")
    assert current["history"] == came["history"]
    assert came["history"][0] == {
        "when": "2024-05-17T13:30:00+00:00",
        "who": "alice@desk",
        "action": "edited",
        "result": "payload unpacked",
        "before": digest(ENVELOPE),
        "after": digest(now),
    }
    assert main([*argv, "--raw", "--current"]) == 0
    assert capfdbinary.readouterr().out == now


@pytest.mark.usefixtures("letters")
def test_beginning_of_an_id_will_do(run: Run) -> None:
    assert json.loads(run("recovery", "show", NO_TEXT.id[:6], "-f", "json").out)["id"] == NO_TEXT.id


def test_beginning_of_several_ids_is_refused_with_those_ids(run: Run, recovery: Recovery) -> None:
    twins = sharing_six_digits()
    recovery.add(twins)
    answer = run("recovery", "show", twins[0].id[:6])
    assert answer.code == 1
    assert "begins the ids of several letters: " in answer.err
    assert all(twin.id in answer.err for twin in twins)


def sharing_six_digits() -> list[Letter]:
    """Two letters, found as birthdays are: among some thousands."""
    seen: dict[str, Letter] = {}
    for number in range(100_000):
        letter = dataclasses.replace(NO_TEXT, body=str(number).encode())
        twin = seen.setdefault(letter.id[:6], letter)
        if twin is not letter:
            return [twin, letter]
    raise AssertionError("no two of them begin alike")


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("more", [[], ["--raw"]])
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("0123", "'0123' is too short for an id: give 6 characters or more"),
        (
            "0123456789",
            "there is no letter '0123456789' (recovery list --status all shows their ids)",
        ),
    ],
)
def test_unknown_letter_is_one_sentence(
    run: Run, more: list[str], wrong: str, sentence: str
) -> None:
    answer = run("recovery", "show", wrong, *more)
    assert answer == (1, "", f"ceilobatch: error: {sentence}\n")
