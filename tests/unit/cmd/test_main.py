# SPDX-License-Identifier: Apache-2.0
"""The program around the subcommands: options, help, mistakes and interruptions."""

import importlib.metadata
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cliff import commandmanager

from ceilobatch.cmd.main import NAMESPACE, main
from tests.unit.cmd.running import Run

PROGRAM = "import sys; from ceilobatch.cmd.main import main; sys.exit(main())"


def start(*argv: str, stdout: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", PROGRAM, *argv]
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE)


def test_every_command_imports_and_explains_itself(bare: Run) -> None:
    for point in importlib.metadata.entry_points(group=NAMESPACE):
        name = point.name.replace("_", " ")
        assert point.load().__doc__
        answer = bare(*name.split(), "--help")
        assert answer.code == 0
        assert f"usage: ceilobatch {name}" in answer.out


def test_help_without_a_command_lists_all_of_them(bare: Run) -> None:
    answer = bare()
    assert answer == bare("--help")
    assert answer.code == 0
    for name in commandmanager.CommandManager(NAMESPACE).commands:
        assert f"  {name}" in answer.out


def test_version_is_the_package_s(bare: Run) -> None:
    version = importlib.metadata.version("ceilobatch")
    assert bare("--version") == (0, f"ceilobatch {version}\n", "")


def test_unknown_command_is_a_usage_error_that_names_what_is_near(bare: Run) -> None:
    answer = bare("plugin", "lst")
    assert answer.code == 2
    assert "there is no command plugin lst; did you mean plugin list" in answer.err


def test_group_without_a_command_names_its_commands(bare: Run) -> None:
    answer = bare("ledger")
    assert answer.code == 2
    assert "did you mean ledger show or ledger trace?" in answer.err


@pytest.mark.parametrize("argv", [["--nonsense"], ["plugin", "list", "--nonsense"]])
def test_unknown_option_is_a_usage_error(bare: Run, argv: list[str]) -> None:
    answer = bare(*argv)
    assert answer.code == 2
    assert "--nonsense" in answer.err


def test_missing_configuration_file_is_one_sentence(bare: Run, tmp_path: Path) -> None:
    answer = bare("--config-file", str(tmp_path / "none.conf"), "recovery", "list")
    assert answer.code == 1
    assert answer.err.startswith("ceilobatch: error: ")
    assert str(tmp_path / "none.conf") in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""


def test_every_wrong_value_is_one_sentence(run: Run, config_file: Path) -> None:
    with config_file.open("a") as file:
        file.write("[notification]\nworkers = many\nbatch_size = 0\n")
    answer = run("recovery", "list")
    assert answer.code == 1
    assert [line.split(": ")[:3] for line in answer.err.splitlines()] == [
        ["ceilobatch", "error", "[notification] workers"],
        ["ceilobatch", "error", "[notification] batch_size"],
    ]


def test_later_configuration_file_wins(
    bare: Run, config_file: Path, tmp_path: Path, state: Path
) -> None:
    later = tmp_path / "later.conf"
    later.write_text(f"[recovery_file]\ndirectory = {state}/elsewhere\n")
    (state / "elsewhere").write_text("in the way")
    argv = ["--config-file", str(config_file), "--config-file", str(later), "recovery", "list"]
    answer = bare(*argv)
    assert answer.code == 1
    assert f"{state}/elsewhere" in answer.err


def test_configuration_directory_is_read(
    bare: Run, config_file: Path, tmp_path: Path, state: Path
) -> None:
    directory = tmp_path / "conf.d"
    directory.mkdir()
    (directory / "one.conf").write_text("[recovery]\nbackend = nowhere\n")
    argv = ["--config-file", str(config_file), "--config-dir", str(directory), "recovery", "list"]
    assert "no plugin 'nowhere'" in bare(*argv).err


def test_unexpected_error_is_a_sentence_and_a_traceback_only_with_debug(
    run: Run, bare: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ceilobatch.assembly.build_recovery", break_down)
    answer = run("recovery", "list")
    assert answer.code == 1
    assert answer.err == (
        "ceilobatch: error: unexpected ZeroDivisionError: boom "
        "(--debug before the command shows where)\n"
    )
    assert "Traceback" in bare("--debug", "--config-file", str(config_file), "recovery", "list").err


def break_down(*_: object) -> None:
    raise ZeroDivisionError("boom")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever started the tests may have had SIGINT ignored, as shells do for background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interruption_ends_with_130_and_silently(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("ceilobatch.assembly.build_recovery", interrupt)
    assert run("recovery", "list") == (130, "", "")


def test_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("plugin", "list", stdout=writing)
    os.close(writing)
    _, err = process.communicate()
    assert process.returncode == 141
    assert err == b""


def test_logging_is_left_as_it_was(run: Run) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    run("plugin", "list")
    assert (root.level, list(root.handlers)) == before


def test_console_script_is_this_program() -> None:
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="ceilobatch")
    assert script.load() is main
