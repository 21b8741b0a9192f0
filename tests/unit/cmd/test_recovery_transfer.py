# SPDX-License-Identifier: Apache-2.0
"""``recovery export`` and ``recovery import`` between two real file recoveries."""

import json
import stat
from pathlib import Path

import pytest

from ceilobatch import assembly, config
from ceilobatch.cmd.main import main
from ceilobatch.letter import Action
from ceilobatch.plugins.base import Recovery
from ceilobatch.telemetry.calls import CallRegistry
from tests.unit.cmd.given_letters import ALL, NO_OBJECT, NO_TEXT, REFUSED, change
from tests.unit.cmd.running import Run


@pytest.fixture
def changed(recovery: Recovery, letters: None) -> None:
    recovery.change(
        [
            change(NO_OBJECT, Action.EDITED, result="mended", body=b"\xfe{}"),
            change(NO_OBJECT, Action.REPLAYED, revision=1, before=b"\xfe{}"),
            change(REFUSED, Action.DISCARDED, result="noise"),
        ]
    )


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    """The configuration file of another host."""
    path = tmp_path / "elsewhere.conf"
    path.write_text(f"[DEFAULT]\nstate_path = {tmp_path}/elsewhere\ntransport_url = fake://\n")
    return str(path)


@pytest.fixture
def exported(run: Run, tmp_path: Path, changed: None) -> Path:
    path = tmp_path / "letters.jsonl"
    assert run("recovery", "export", "--output", str(path)).code == 0
    return path


def opened(config_file: str) -> Recovery:
    return assembly.build_recovery(config.load([config_file], []), CallRegistry())


def figures(out: str) -> dict[str, object]:
    (row,) = json.loads(out)
    return {name: row[name] for name in ("letters", "added", "changes", "known", "refused")}


def test_what_is_exported_is_imported_with_counts_and_history(
    bare: Run, recovery: Recovery, exported: Path, elsewhere: str
) -> None:
    take = ["--config-file", elsewhere, "recovery", "import", str(exported), "-f", "json"]
    answer = bare(*take)
    assert (answer.code, answer.err) == (0, "")
    assert figures(answer.out) == {
        "letters": 3,
        "added": 3,
        "changes": 3,
        "known": 0,
        "refused": 0,
    }
    assert list(opened(elsewhere).entries()) == list(recovery.entries())
    again = bare(*take)
    assert figures(again.out) == {"letters": 3, "added": 0, "changes": 0, "known": 3, "refused": 0}
    assert list(opened(elsewhere).entries()) == list(recovery.entries())


def test_interrupted_import_can_be_repeated(
    bare: Run, recovery: Recovery, exported: Path, elsewhere: str
) -> None:
    there = opened(elsewhere)
    there.add([NO_TEXT, NO_OBJECT])
    entry = recovery.entry(NO_OBJECT.id)
    assert entry is not None
    there.change(entry.history[:1])
    take = ["--config-file", elsewhere, "recovery", "import", str(exported), "-f", "json"]
    assert figures(bare(*take).out) == {
        "letters": 3,
        "added": 1,
        "changes": 2,
        "known": 1,
        "refused": 0,
    }
    assert list(opened(elsewhere).entries()) == list(recovery.entries())


def test_damaged_lines_are_refused_by_file_and_line_and_the_others_imported(
    bare: Run, exported: Path, elsewhere: str
) -> None:
    first, second, third = exported.read_bytes().splitlines()
    exported.write_bytes(
        b"\n".join([first, second.replace(b"mended", b"menned"), b"", third[:-30], b"[]", third])
    )
    answer = bare(
        "--config-file", elsewhere, "recovery", "import", str(exported), str(exported), "-f", "json"
    )
    assert answer.code == 1
    told = answer.err.splitlines()
    assert len(told) == 6
    prefix = f"ceilobatch: error: {exported}, line "
    assert told[0] == f"{prefix}2: refused: it was changed: its checksum does not match"
    assert told[1].startswith(f"{prefix}4: refused: it is not JSON, or torn: ")
    assert told[2] == f"{prefix}5: refused: it is not a letter as recovery export writes it"
    assert [entry.id for entry in opened(elsewhere).entries()] == [NO_TEXT.id, REFUSED.id]
    assert [row["refused"] for row in json.loads(answer.out)] == [3, 3]


def test_letter_with_another_history_is_refused_and_left_as_it_is(
    bare: Run, exported: Path, elsewhere: str
) -> None:
    there = opened(elsewhere)
    there.add([REFUSED])
    there.change([change(REFUSED, Action.DISCARDED, result="another reason")])
    before = there.entry(REFUSED.id)
    answer = bare("--config-file", elsewhere, "recovery", "import", str(exported))
    assert answer.code == 1
    assert f"{exported}, line 3: refused: the letter {REFUSED.id} has another history" in answer.err
    assert opened(elsewhere).entry(REFUSED.id) == before


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ([], [letter.id for letter in ALL]),
        ([REFUSED.id[:6], NO_TEXT.id], [REFUSED.id, NO_TEXT.id]),
        (["--status", "waiting"], [NO_TEXT.id]),
        (["--event-type", "image.*"], [REFUSED.id]),
    ],
)
def test_some_letters_are_exported_to_standard_output(
    config_file: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    wanted: list[str],
    ids: list[str],
) -> None:
    assert main(["--config-file", str(config_file), "recovery", "export", *wanted]) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids


def test_exported_file_is_readable_by_its_owner_alone(run: Run, exported: Path) -> None:
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    assert [path.name for path in exported.parent.glob(".*")] == []
    answer = run("recovery", "export", "-o", str(exported))
    assert answer == (0, "", f"3 letters written to {exported}\n")


def test_failed_export_leaves_the_old_file(run: Run, exported: Path, state: Path) -> None:
    before = exported.read_bytes()
    answer = run("recovery", "export", "0" * 16, "-o", str(exported))
    assert answer.code == 1
    assert exported.read_bytes() == before
    assert [path.name for path in exported.parent.glob(".*")] == []


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("export", "-o", "/nowhere/letters"), "/nowhere/letters cannot be written: No such file"),
        (("export", "-o", "/"), "/ cannot be written: Is a directory"),
        (("export", NO_TEXT.id, "--pool", "x"), "give either ids or filters, not both"),
        (("import", "/nowhere/letters"), "/nowhere/letters cannot be read: No such file"),
        (("import", "/"), "/ cannot be read: Is a directory"),
    ],
)
def test_files_that_cannot_be_used_are_one_sentence(
    run: Run, argv: tuple[str, ...], sentence: str
) -> None:
    answer = run("recovery", *argv)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"ceilobatch: error: {sentence}")
    assert answer.err.count("\n") == 1
