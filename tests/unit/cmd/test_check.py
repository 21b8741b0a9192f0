# SPDX-License-Identifier: Apache-2.0
"""``check``: everything that is wrong, at once, and what answers."""

import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceilobatch.cmd import checks
from ceilobatch.plugins.storage.sql_upgrade import head_revision
from tests.unit.cmd.running import Answer, Run


def rows(answer: Answer, result: str | None = None) -> list[tuple[str, str]]:
    found = json.loads(answer.out)
    return [
        (row["what"], row["detail"]) for row in found if result is None or row["result"] == result
    ]


def add(config_file: Path, text: str) -> None:
    with config_file.open("a") as file:
        file.write(text)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_embedded_defaults_are_all_right(run: Run, config_file: Path) -> None:
    answer = run("check", "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    assert rows(answer, "error") == rows(answer, "warning") == []
    assert ("configuration", str(config_file)) in rows(answer)
    checked = {what for what, _ in rows(answer)}
    assert {"[events] definitions", "[meters] definitions", "bus"} <= checked
    assert {"[storage] events, samples: sql", "[recovery] backend: file"} <= checked


def test_all_mistakes_are_told_at_once(run: Run, config_file: Path, tmp_path: Path) -> None:
    definitions = tmp_path / "events.yaml"
    definitions.write_text("- traits: {}\n- event_type: a\n  traits: 5\n")
    add(
        config_file,
        "[notification]\nworkers = many\nhandler = nobody\n"
        "[storage]\nevents = nothing\n"
        "[recovery_file]\nmax_bytes = lots\n"
        f"[events]\ndefinitions = {definitions}\n",
    )
    answer = run("check", "-f", "json")
    assert answer.code == 1
    wrong = rows(answer, "error")
    for what, part in (
        ("configuration", "[notification] workers"),
        ("[notification] handler: nobody", "no plugin 'nobody'"),
        ("[storage] events: nothing", "no plugin 'nothing'"),
        ("[recovery] backend: file", "[recovery_file] max_bytes"),
        ("[events] definitions", f"{definitions}, line 1"),
        ("[events] definitions", f"{definitions}, line 3"),
    ):
        assert any(row[0] == what and part in row[1] for row in wrong), (what, part)
    assert len(wrong) == 6


def test_file_that_cannot_be_parsed_is_told_and_ends_the_check(run: Run, config_file: Path) -> None:
    config_file.write_text("[DEFAULT\n")
    answer = run("check", "-f", "json")
    assert answer.code == 1
    ((what, detail),) = rows(answer)
    assert what == "configuration"
    assert str(config_file) in detail


def test_transport_url_that_cannot_work_is_told(run: Run, config_file: Path) -> None:
    config_file.write_text(config_file.read_text().replace("fake://", "rabit://guest:s3cret@host/"))
    answer = run("check", "-f", "json")
    assert answer.code == 1
    ((what, detail),) = rows(answer, "error")
    assert what == "bus"
    assert "no messaging driver 'rabit'" in detail
    assert "s3cret" not in answer.out


def test_misspelt_names_are_warnings_with_what_was_meant(run: Run, config_file: Path) -> None:
    add(
        config_file,
        "state_pth = /x\nrpc_response_timeout = 5\n"
        "[notification]\nbatchsize = 3\n"
        "[notifications]\npool = x\n"
        "[keystone_authtoken]\nusername = x\n",
    )
    answer = run("check", "-f", "json")
    assert answer.code == 0
    told = [detail.removeprefix(f"{config_file}, ") for _, detail in rows(answer, "warning")]
    assert told == [
        "line 4: [DEFAULT] state_pth: nothing reads this; did you mean state_path?",
        "line 7: [notification] batchsize: there is no such option; did you mean batch_size?",
        "line 8: [notifications]: nothing reads this; did you mean [notification]?",
    ]


ARCHIVE = "[storage]\nsamples = sql,sql:archive\n[storage_sql_archive]\n"


def test_each_instance_of_a_driver_is_checked_and_probed(
    run: Run, config_file: Path, tmp_path: Path
) -> None:
    add(config_file, f"{ARCHIVE}connection = sqlite:///{tmp_path}/archive\n")
    answer = run("check", "--probe", "-f", "json")
    # Nothing is read from the fake bus.
    found = [row for row in rows(answer) if "[storage]" in row[0] or row[0] == "configuration"]
    ready = f"ready: sqlite {sqlite3.sqlite_version}, tables at revision {head_revision()}"
    class_of_both = "ceilobatch.plugins.storage.sql:SqlStorage"
    assert found == [
        ("configuration", str(config_file)),
        ("[storage] events, samples: sql", class_of_both),
        ("[storage] samples: sql:archive", class_of_both),
        ("probe [storage] events, samples: sql", ready),
        ("probe [storage] samples: sql:archive", ready),
    ]
    assert (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("text", "what", "detail"),
    [
        (
            "",
            "construct [storage] samples: sql:archive",
            "line 6: [storage_sql_archive] connection is needed",
        ),
        (
            "connection = oracle://h/d\n",
            "construct [storage] samples: sql:archive",
            "[storage_sql_archive] connection: 'oracle' is not",
        ),
        (
            "connection = sqlite:////tmp/x\nstatement_timeout = 0\n",
            "[storage] samples: sql:archive",
            "[storage_sql_archive] statement_timeout: ",
        ),
    ],
)
def test_mistakes_in_the_options_of_an_instance_name_its_group(
    run: Run, config_file: Path, text: str, what: str, detail: str
) -> None:
    add(config_file, ARCHIVE + text)
    answer = run("check", "-f", "json")
    assert answer.code == 1
    ((told, problem),) = rows(answer, "error")
    assert told == what
    assert problem.startswith(f"{config_file}, line ")
    assert detail in problem


def test_instance_that_does_not_answer_is_told_by_its_name(
    run: Run, config_file: Path, closed_port: int
) -> None:
    url = f"postgresql://u:s3cret@127.0.0.1:{closed_port}/d"
    add(config_file, f"{ARCHIVE}connection = {url}\n")
    answer = run("check", "--probe", "-f", "json")
    ((what, detail),) = rows(answer, "error")
    assert what == "probe [storage] samples: sql:archive"
    assert detail.startswith("sql:archive: ")
    assert "s3cret" not in answer.out


def test_misspelt_options_of_an_instance_are_warnings(
    run: Run, config_file: Path, tmp_path: Path
) -> None:
    add(config_file, f"{ARCHIVE}connection = sqlite:///{tmp_path}/archive\nauto_upgrad = true\n")
    answer = run("check", "-f", "json")
    ((_, told),) = rows(answer, "warning")
    assert told.endswith(
        "[storage_sql_archive] auto_upgrad: there is no such option; did you mean auto_upgrade?"
    )


def test_offline_check_connects_to_nobody(run: Run, config_file: Path, silent_port: int) -> None:
    url = f"rabbit://guest:guest@127.0.0.1:{silent_port}/"
    config_file.write_text(config_file.read_text().replace("fake://", url))
    begin = time.monotonic()
    assert run("check").code == 0
    assert time.monotonic() - begin < checks.PROBE_TIMEOUT


def test_probe_says_that_nobody_listens(run: Run, config_file: Path, closed_port: int) -> None:
    url = f"rabbit://guest:s3cret@127.0.0.1:{closed_port}/"
    config_file.write_text(config_file.read_text().replace("fake://", url))
    answer = run("check", "--probe", "-f", "json")
    assert answer.code == 1
    where = f"127.0.0.1:{closed_port}"
    wanted = (f"probe bus {where}", f"nobody listens on {where} (connection refused)")
    assert wanted in rows(answer, "error")
    assert "s3cret" not in answer.out + answer.err


def test_probe_ends_although_a_host_never_answers(
    run: Run, config_file: Path, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "PROBE_TIMEOUT", 1.0)
    url = f"rabbit://guest:guest@127.0.0.1:{silent_port}/"
    config_file.write_text(config_file.read_text().replace("fake://", url))
    answer = run("check", "--probe", "-f", "json")
    assert answer.code == 1
    wanted = (f"probe bus 127.0.0.1:{silent_port}", "no answer within 1 s")
    assert wanted in rows(answer, "error")


def test_probe_asks_recovery(run: Run, state: Path) -> None:
    assert ("probe [recovery] backend: file", "ready") in rows(
        run("check", "--probe", "-f", "json"), "ok"
    )
    for path in (state / "recovery").iterdir():
        path.unlink()
    (state / "recovery").rmdir()
    (state / "recovery").write_text("in the way")
    ((what, detail),) = [
        row for row in rows(run("check", "--probe", "-f", "json"), "error") if "recovery" in row[0]
    ]
    assert what == "probe [recovery] backend: file"
    assert f"{state}/recovery" in detail


def test_options_of_a_login_are_known_and_misspelt_ones_are_warnings(
    run: Run, config_file: Path
) -> None:
    add(
        config_file,
        "[storage]\nsamples = gnocchi\n"
        "[storage_gnocchi]\nauth_type = gnocchi-basic\nuser = admin\nendpiont = http://a\n",
    )
    answer = run("check", "-f", "json")
    ((_, told),) = rows(answer, "warning")
    assert told.endswith(
        "[storage_gnocchi] endpiont: there is no such option; did you mean endpoint?"
    )


def warned(answer: Answer, config_file: Path) -> list[str]:
    return [detail.removeprefix(f"{config_file}, line ") for _, detail in rows(answer, "warning")]


def test_option_that_is_set_twice_is_a_warning_but_not_one_that_may_be(
    run: Run, config_file: Path
) -> None:
    add(config_file, "[notification]\nworkers = 2\nurls = fake://\nworkers = 3\nurls = fake://\n")
    told = warned(run("check", "-f", "json"), config_file)
    assert told == ["5: [notification] workers is set again in line 7, which counts"]


def test_group_that_nobody_reads_is_a_warning_but_not_that_of_a_library(
    run: Run, config_file: Path
) -> None:
    add(
        config_file,
        "[frobnicate]\na = 1\n[oslo_messaging_rabbit]\nssl = false\nheartbeat_rat = 2\n",
    )
    assert warned(run("check", "-f", "json"), config_file) == [
        "4: [frobnicate]: nothing reads this",
        "8: [oslo_messaging_rabbit] heartbeat_rat: there is no such option; did you mean "
        "heartbeat_rate?",
    ]


def test_every_line_that_cannot_be_parsed_is_told(run: Run, config_file: Path) -> None:
    config_file.write_text("a = b\n[DEFAULT]\nhost = x\n  continued\nfoo\n[half\n")
    told = [detail for _, detail in rows(run("check", "-f", "json"), "error")]
    assert told == [
        f"{config_file}, line 1: 'a = b' stands before any [group]",
        f"{config_file}, line 5: 'foo' is neither [group] nor option = value",
        f"{config_file}, line 6: '[half' is neither [group] nor option = value",
    ]


def test_what_has_no_effect_in_definitions_is_a_warning(
    run: Run, config_file: Path, tmp_path: Path
) -> None:
    events, meters = tmp_path / "events.yaml", tmp_path / "meters"
    events.write_text("- event_type: a.b\n  traits: {}\n  trats: {}\n")
    meters.mkdir()
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    add(
        config_file,
        f"[events]\ndefinitions = {events},{tmp_path}/empty.yaml\n"
        f"[meters]\ndefinitions = {meters}\n",
    )
    answer = run("check", "-f", "json")
    assert (answer.code, answer.err) == (0, "")
    assert [detail for _, detail in rows(answer, "warning")] == [
        f"{events}, line 3: event definition of a.b: trats: this key means nothing and is ignored",
        f"{tmp_path}/empty.yaml: there is no definition in this file",
        f"{config_file}, line 7: [meters] definitions: there is no file named *.yaml in {meters}",
    ]


def test_mistake_that_spoils_several_parts_is_told_once(run: Run, config_file: Path) -> None:
    add(config_file, "[storage_sql]\nconnection = nonsense\n")
    assert len(rows(run("check", "-f", "json"), "error")) == 1


def test_each_host_that_does_not_answer_is_told(
    run: Run, config_file: Path, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "PROBE_TIMEOUT", 0.5)
    hosts = f"rabbit://guest:guest@127.0.0.1:{silent_port},guest:guest@localhost:{silent_port}/"
    config_file.write_text(config_file.read_text().replace("fake://", hosts))
    told = [what for what, _ in rows(run("check", "--probe", "-f", "json"), "error")]
    assert f"probe bus 127.0.0.1:{silent_port}" in told
    assert f"probe bus localhost:{silent_port}" in told


def test_state_directory_that_is_a_file_is_told_once(
    run: Run, config_file: Path, state: Path
) -> None:
    state.rmdir()
    state.write_text("in the way")
    told = [detail for _, detail in rows(run("check", "-f", "json"), "error")]
    assert told == [
        f"{config_file}, line 2: [DEFAULT] state_path: {state} is not a directory: name another "
        "place"
    ]


def test_storages_that_are_missing_are_warnings(run: Run, config_file: Path) -> None:
    add(config_file, "[notification]\nhandler = meters\n[storage]\nevents =\nsamples =\n")
    # The handler makes no events.
    assert warned(run("check", "-f", "json"), config_file) == [
        "8: [storage] samples: no driver is named, so no samples are kept"
    ]


def test_handler_that_refuses_its_recovery_is_told(run: Run, config_file: Path) -> None:
    add(config_file, "[notification]\nhandler = letters\npool =\n[recovery]\nbackend = bus\n")
    config_file.write_text(config_file.read_text().replace("fake://", "rabbit://localhost/"))
    told = [detail for _, detail in rows(run("check", "-f", "json"), "error")]
    assert any("[recovery] backend: bus only passes letters on" in detail for detail in told)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "there is no file FILE"),
        ("[loggers\n", "FILE cannot be parsed"),
        ("[loggers]\nkeys = root\n", "FILE has no [handlers] keys"),
    ],
)
def test_log_configuration_that_cannot_be_used_is_told(
    run: Run, config_file: Path, tmp_path: Path, content: str | None, problem: str
) -> None:
    file = tmp_path / "logging.conf"
    if content is not None:
        file.write_text(content)
    add(config_file, f"log_config_append = {file}\n")
    told = [detail for _, detail in rows(run("check", "-f", "json"), "error")]
    begin = f"{config_file}, line 4: [DEFAULT] log_config_append: "
    assert told[0].startswith(begin + problem.replace("FILE", str(file)))


def test_probe_asks_coordination_and_the_collector_for_every_metric(run: Run) -> None:
    found = dict(rows(run("check", "--probe", "-f", "json"), "ok"))
    assert found["probe [coordination] url"] == "answers; workers that take part now: 0"
    assert found["probe [processor] collector: sql"].startswith("answers for ")


def test_probe_says_that_coordination_does_not_answer(
    run: Run, config_file: Path, closed_port: int
) -> None:
    add(config_file, f"[coordination]\nurl = redis://:s3cret@127.0.0.1:{closed_port}\n")
    answer = run("check", "--probe", "-f", "json")
    told = dict(rows(answer, "error"))["probe [coordination] url"]
    assert told.startswith(f"{config_file}, line 5: [coordination] url: ")
    assert "refused" in told
    assert "s3cret" not in answer.out


def test_probe_of_statsd_sends_nothing_that_counts(run: Run, config_file: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        port = daemon.getsockname()[1]
        add(config_file, f"[statsd]\nenable = true\nport = {port}\n")
        answer = run("check", "--probe", "-f", "json")
        assert daemon.recv(100) == b""
    assert "probe [statsd] host" in dict(rows(answer, "ok"))
    told = dict(rows(run("check", "--probe", "-f", "json"), "error"))["probe [statsd] host"]
    assert f"[statsd] port: nobody listens on 127.0.0.1:{port} (UDP)" in told


def test_what_nobody_has_chosen_is_not_waited_for(config_file: Path) -> None:
    heavy = ("alembic", "keystoneauth1", "requests", "rich", "confluent_kafka", "monascastatsd")
    program = (
        "import sys; from ceilobatch.cmd.main import main\n"
        "code = main(sys.argv[1:])\n"
        f"sys.exit(code or ', '.join(name for name in {heavy} if name in sys.modules) or None)"
    )
    command = [sys.executable, "-c", program, "--config-file", str(config_file), "check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
