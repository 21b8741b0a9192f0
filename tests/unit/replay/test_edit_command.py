# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch recovery edit``: by editor, patch and file; checked, saved, told."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ceilobatch.letter import Action, Entry, Stage, Standing, digest
from ceilobatch.message import ENVELOPE_MESSAGE
from ceilobatch.plugins.base import Recovery
from tests.unit.cmd.running import Run
from tests.unit.wire import envelope

from .replay_scene import PAYLOAD, Scene, both, letter, metered

PROGRAM = Path(sys.executable).parent / "ceilobatch"
LISTED = envelope(
    message_id="m1",
    event_type="compute.instance.exists",
    payload=[PAYLOAD],
    _context_auth_token="secret",
)
FIX = [{"op": "move", "from": "/payload/0", "path": "/payload"}]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a Python program the editor, which finds the name of the file in ``file``."""

    def set_editor(code: str) -> Path:
        program = tmp_path / "an editor.py"
        log = tmp_path / "edited"
        start = f"import pathlib, sys\nlog = pathlib.Path({str(log)!r})\n"
        file = "file = pathlib.Path(sys.argv[-1])\ntext = file.read_text()\n"
        program.write_text(f"{start}{file}{code}\n")
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", f"{sys.executable} '{program}'")
        return log

    return set_editor


@pytest.fixture
def patch(tmp_path: Path) -> Callable[..., str]:
    def write(operations: Any) -> str:
        file = tmp_path / "fix.json"
        file.write_text(json.dumps(operations))
        return str(file)

    return write


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Answers as a person would."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda answers: monkeypatch.setattr(sys, "stdin", Terminal(answers))


def entry(letters: Recovery, letter_id: str) -> Entry:
    found = letters.entry(letter_id)
    assert found is not None
    return found


def inside(body: bytes) -> Any:
    return json.loads(json.loads(body)[ENVELOPE_MESSAGE])


MEND = "import json\nbody = json.loads(text)\nbody['payload'] = body['payload'][0]\n"
SAVE = "file.write_text(json.dumps(body))\n"


@both
def test_editor_gets_the_notification_and_what_it_saves_is_kept_with_digests(
    letters: Recovery, run: Run, editor: Callable[[str], Path]
) -> None:
    one = letter(LISTED)
    letters.add([one])
    editor(MEND + SAVE)
    answer = run("edit", one.id, "--why", "a list came from the new driver")
    assert answer == (0, "1 corrected\n", "")
    found = entry(letters, one.id)
    (change,) = found.history
    assert (change.action, change.result) == (Action.EDITED, "a list came from the new driver")
    assert (change.before, change.after) == (digest(LISTED), digest(found.body))
    assert "@" in change.who
    assert inside(found.body)["payload"] == PAYLOAD
    assert found.letter.body == LISTED
    assert found.standing is Standing.WAITING


def test_edited_file_is_private_and_gone_afterwards(
    letters: Recovery, run: Run, editor: Callable[[str], Path]
) -> None:
    one = letter(LISTED)
    letters.add([one])
    look = "import os\n(file.parent / 'backup~').write_text(text)\n"
    modes = "[str(file), file.stat().st_mode, file.parent.stat().st_mode]"
    log = editor(f"import json\n{look}log.write_text(json.dumps({modes}))\nsys.exit(3)")
    answer = run("edit", one.id)
    assert answer.code == 1
    assert "ended with 3; nothing is saved" in answer.err
    name, file, directory = json.loads(log.read_text())
    assert (stat.S_IMODE(file), stat.S_IMODE(directory)) == (0o600, 0o700)
    assert not os.path.exists(os.path.dirname(name))
    assert entry(letters, one.id).history == ()


def test_edited_file_is_gone_when_the_command_is_terminated(
    letters: Recovery, scene: Scene, editor: Callable[[str], Path]
) -> None:
    one = letter(LISTED)
    letters.add([one])
    started = "import os, time\nnew = log.with_suffix('.new')\nnew.write_text(str(file))\n"
    log = editor(f"{started}os.replace(new, log)\ntime.sleep(60)")
    command = [str(PROGRAM), "--config-file", str(scene.file), "recovery", "edit", one.id]
    process = subprocess.Popen(command)
    while not log.exists():
        assert process.poll() is None
    directory = Path(log.read_text()).parent
    assert directory.exists()
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert not directory.exists()
    assert entry(letters, one.id).history == ()


@pytest.mark.parametrize("body", [LISTED, b"\xff\x00"])
def test_text_that_was_not_changed_saves_nothing(
    letters: Recovery, run: Run, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    one = letter(body)
    letters.add([one])
    monkeypatch.setenv("VISUAL", "true")
    assert run("edit", one.id) == (0, "1 unchanged\n", "")
    assert entry(letters, one.id).history == ()


def test_what_is_still_wrong_is_told_and_not_saved_without_force(
    letters: Recovery, run: Run, editor: Callable[[str], Path]
) -> None:
    one = letter(LISTED)
    letters.add([one])
    editor(MEND + "del body['message_id']\n" + SAVE)
    answer = run("edit", one.id)
    assert (answer.code, answer.out) == (1, "1 not corrected\n")
    said = f"letter {one.id}: decode: there is no message_id; "
    assert answer.err == f"{said}not saved (--force saves it)\n"
    assert entry(letters, one.id).history == ()
    answer = run("edit", one.id, "--force")
    assert (answer.code, answer.err) == (0, f"{said}saved nevertheless\n")
    assert "message_id" not in inside(entry(letters, one.id).body)


def test_meters_are_checked_as_well(
    letters: Recovery, run: Run, editor: Callable[[str], Path]
) -> None:
    one = letter(LISTED)
    letters.add([one])
    editor(MEND + "body['payload']['memory_mb'] = 'plenty'\n" + SAVE)
    answer = run("edit", one.id)
    assert answer.code == 1
    assert "convert meter: memory: volume is 'plenty', not a number" in answer.err


def test_person_may_edit_again_with_what_he_had_typed(
    letters: Recovery, run: Run, editor: Callable[[str], Path], terminal: Callable[[str], None]
) -> None:
    one = letter(LISTED)
    letters.add([one])
    other = LISTED.replace(b"m1", b"m2")
    first = "if not log.exists():\n    log.touch(); file.write_text('{\"typed\": 1'); sys.exit()\n"
    editor(f"{first}assert text == '{{\"typed\": 1', text\nfile.write_bytes({other!r})\n")
    terminal("what?\ne\na\n")
    answer = run("edit", one.id)
    assert "oslo.message is not JSON" in answer.err
    assert "the payload is a list" in answer.err
    assert "(e)dit again, (k)eep it as it is, or (a)bort?" in answer.out
    assert entry(letters, one.id).history == ()


@pytest.mark.parametrize(("answers", "code"), [("k\n", 0), ("a\n", 1), ("", 1)])
def test_person_may_keep_what_is_wrong_or_give_up(
    letters: Recovery,
    run: Run,
    editor: Callable[[str], Path],
    terminal: Callable[[str], None],
    answers: str,
    code: int,
) -> None:
    one = letter(LISTED)
    letters.add([one])
    editor("file.write_text('{}')")
    terminal(answers)
    assert run("edit", one.id).code == code
    assert len(entry(letters, one.id).history) == (code == 0)


def test_editor_that_is_missing_is_one_sentence_that_names_the_variable(
    letters: Recovery, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = letter(LISTED)
    letters.add([one])
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    said = "no editor: set $VISUAL or $EDITOR, or correct with --patch or --file"
    assert run("edit", one.id) == (1, "", f"ceilobatch: error: {said}\n")
    monkeypatch.setenv("VISUAL", "no-such-editor --wait")
    said = "the editor 'no-such-editor' cannot be started: No such file or directory"
    assert run("edit", one.id) == (1, "", f"ceilobatch: error: {said}\n")
    monkeypatch.setenv("VISUAL", "vi 'x")
    assert "$VISUAL is not a command line" in run("edit", one.id).err


@both
def test_one_patch_corrects_many_letters(
    letters: Recovery, run: Run, patch: Callable[..., str], scene: Scene
) -> None:
    many = [
        letter(envelope(event_type="compute.instance.exists", payload=[PAYLOAD]))
        for _ in range(230)
    ]
    letters.add(many)
    assert run("edit", "--all", "--patch", patch(FIX)) == (0, "230 corrected\n", "")
    found = list(letters.entries())
    assert all(inside(one.body)["payload"] == PAYLOAD for one in found)
    assert {one.history[0].result for one in found} == {"patch fix.json"}


def test_patch_that_does_not_apply_to_one_is_told_and_the_others_go_on(
    letters: Recovery, run: Run, patch: Callable[..., str]
) -> None:
    fine, other, garbage = letter(LISTED), letter(envelope(payload=[])), letter(b"garbage")
    letters.add([other, garbage, fine])
    answer = run("edit", fine.id, other.id, garbage.id, "--patch", patch(FIX))
    assert (answer.code, answer.out) == (1, "1 corrected, 2 not corrected\n")
    told = sorted(answer.err.splitlines())
    expected = [
        f"letter {garbage.id}: the message is not JSON",
        f"letter {other.id}: operation 1 (move '/payload') does not apply: ",
    ]
    assert all(line.startswith(start) for line, start in zip(told, sorted(expected), strict=True))
    assert len(entry(letters, fine.id).history) == 1


def test_patch_that_leaves_something_wrong_needs_force(
    letters: Recovery, run: Run, patch: Callable[..., str]
) -> None:
    letters.add([letter(LISTED)])
    wrong = patch([{"op": "replace", "path": "/payload", "value": 5}])
    answer = run("edit", "--all", "--patch", wrong)
    assert answer.code == 1
    assert "decode: the payload is a number, not an object; not saved" in answer.err
    assert run("edit", "--all", "--patch", wrong, "--force").code == 0


def test_patch_with_no_effect_saves_nothing(
    letters: Recovery, run: Run, patch: Callable[..., str]
) -> None:
    letters.add([letter(LISTED)])
    nothing = patch([{"op": "test", "path": "/message_id", "value": "m1"}])
    assert run("edit", "--all", "--patch", nothing) == (0, "1 unchanged\n", "")


def test_patch_may_come_from_standard_input(
    letters: Recovery, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters.add([letter(LISTED)])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(FIX).encode())))
    assert run("edit", "--all", "--patch", "-").out == "1 corrected\n"


def test_what_is_no_patch_and_a_missing_file_are_one_sentence(
    letters: Recovery, run: Run, patch: Callable[..., str], tmp_path: Path
) -> None:
    letters.add([letter(LISTED)])
    said = run("edit", "--all", "--patch", patch({"op": "add"})).err
    assert said.startswith(f"ceilobatch: error: {tmp_path}/fix.json: this is no JSON Patch: ")
    said = run("edit", "--all", "--patch", f"{tmp_path}/none").err
    assert said == f"ceilobatch: error: {tmp_path}/none: No such file or directory\n"


def test_file_is_the_whole_new_message(letters: Recovery, run: Run, tmp_path: Path) -> None:
    one = letter(b"garbage")
    letters.add([one])
    file = tmp_path / "new"
    file.write_bytes(metered(message_id="m9"))
    assert run("edit", one.id, "--file", str(file)) == (0, "1 corrected\n", "")
    assert entry(letters, one.id).body == file.read_bytes()
    assert entry(letters, one.id).history[0].result == "file new"


def test_file_and_editor_take_one_letter_only(
    letters: Recovery, run: Run, tmp_path: Path, editor: Callable[[str], Path]
) -> None:
    letters.add([letter(LISTED), letter(b"x")])
    editor("")
    for way in (["--file", str(tmp_path / "any")], []):
        assert "only one letter can be corrected so, not 2" in run("edit", "--all", *way).err


def test_edited_letter_that_had_been_replayed_waits_again(
    letters: Recovery, run: Run, scene: Scene, patch: Callable[..., str]
) -> None:
    one = letter(metered(), stage=Stage.DECODE)
    letters.add([one])
    assert run("replay", one.id).code == 0
    more = patch([{"op": "add", "path": "/payload/note", "value": "x"}])
    assert run("edit", one.id, "--patch", more).code == 0
    assert entry(letters, one.id).standing is Standing.WAITING


@both
def test_two_who_edit_at_the_same_time_the_second_is_told(
    letters: Recovery, run: Run, editor: Callable[[str], Path], scene: Scene, tmp_path: Path
) -> None:
    one = letter(LISTED)
    letters.add([one])
    fix = tmp_path / "fix.json"
    fix.write_text(json.dumps(FIX))
    other = [sys.executable, "-m", "ceilobatch.cmd.main", "--config-file", str(scene.file)]
    other += ["recovery", "edit", one.id, "--patch", str(fix)]
    first = "from ceilobatch.cmd.main import main\n"
    editor(f"{first}assert main({other[3:]!r}) == 0\n{MEND}body['x'] = 1\n{SAVE}")
    answer = run("edit", one.id)
    assert (answer.code, answer.out) == (1, "1 not corrected\n")
    assert "somebody else changed or removed it meanwhile; not saved" in answer.err
    assert len(entry(letters, one.id).history) == 1


def test_what_no_definition_wants_is_told_and_saved(
    letters: Recovery, run: Run, patch: Callable[..., str]
) -> None:
    letters.add([letter(envelope(event_type="nobody.wants", payload=[{}]))])
    answer = run("edit", "--all", "--patch", patch(FIX))
    assert (answer.code, answer.out) == (0, "1 corrected\n")
    assert "no definition wants it" in answer.err
