# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch perf report`` as users run it, and ``perf load`` where it cannot work."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.unit.cmd.running import Answer as Printed
from tests.unit.cmd.running import Run

from .serving import Answer, Asked, Server, recorded

QUICK = ("--interval", "0.02", "--timeout", "20")


@pytest.fixture
def java(server: Server) -> Server:
    """A persister that has done its work between the first look and the second."""
    server.says(recorded("java_persister_before.json"), recorded("java_persister_after.json"))
    return server


def report(bare: Run, *arguments: str) -> Printed:
    return bare("perf", "report", *arguments)


def test_json_until_so_many_are_done(bare: Run, java: Server) -> None:
    answer = report(
        *(bare, "--source", "dropwizard", f"{java.url}/metrics", *QUICK),
        *("--count", "5500", "-f", "json"),
    )
    assert (answer.code, answer.err) == (0, "")
    told = json.loads(answer.out)
    assert (told["ending"], told["whole"]["counts"]["completed"]) == ("counted", 5500)
    assert [row["process"] for row in told["processes"]] == ["metric-0", "metric-1"]


def test_a_page_and_a_picture_in_files(bare: Run, java: Server, tmp_path: Path) -> None:
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    answer = report(
        *(bare, "--source", "dropwizard", f"{java.url}/metrics", *QUICK, "--idle", "0.05"),
        *("-f", "html", "-o", str(page), "--png", str(picture)),
    )
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_report_of_what_was_not_done_in_time_and_exit_code_3(bare: Run, java: Server) -> None:
    answer = report(
        *(bare, "--source", "dropwizard", f"{java.url}/metrics"),
        *("--count", "99999", "--interval", "0.02", "--timeout", "0.2"),
    )
    assert answer.code == 3
    assert "ended: timed out" in answer.out
    assert "5500" in answer.out


def test_ctrl_c_ends_it_with_the_report_of_what_was_seen(bare: Run, java: Server) -> None:
    pages = java.answer

    def answer(asked: Asked) -> Answer:
        if len(java.asked) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return pages(asked)

    java.answer = answer
    printed = report(bare, "--source", "dropwizard", f"{java.url}/metrics", *QUICK)
    assert printed.code == 130
    assert "ended: interrupted" in printed.out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--source", "monasca", "nonsense"], "is not an address such as http://host:port/path"),
        (["--source", "prometheus"], "the source prometheus needs an address"),
        (["--source", "prometheus", "http://127.0.0.1:1/"], "nobody answers at"),
        (["--source", "ledger", "nonsense"], "cannot be read as the URL of a database"),
        (["--source", "ledger", "-o", "/none/report"], "there is no directory /none"),
        (["--source", "monasca", "http://h/", "--header", "x"], "is written 'Name: value'"),
    ],
)
def test_what_cannot_work_is_one_sentence(bare: Run, arguments: list[str], sentence: str) -> None:
    answer = report(bare, *arguments)
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_server_that_refuses_is_told_what_to_give(bare: Run, server: Server) -> None:
    server.says(Answer("", 401))
    answer = report(bare, "--source", "monasca", server.url, "--token", "wrong")
    assert answer.code == 1
    assert "give --token, --header" in answer.err
    assert "wrong" not in answer.err
    assert server.asked[0].headers["x-auth-token"] == "wrong"


def test_counters_that_never_came_are_told(bare: Run, server: Server) -> None:
    server.says(Answer("other_total 5\n"))
    answer = report(bare, "--source", "prometheus", server.url, "--timeout", "0.1")
    assert answer.code == 1
    assert f"none of the counters was seen in {server.url}" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--source", "monasca", "http://h", "--interval", "0"],
        ["--source", "monasca", "http://h", "--where", "service"],
        ["--source", "monasca", "http://h", "--count", "-1"],
        ["http://h"],
    ],
)
def test_a_wrong_command_line_is_exit_code_2(bare: Run, arguments: list[str]) -> None:
    assert report(bare, *arguments).code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--transport-url", "fake://"], "fake:// confirms no messages"),
        (["--transport-url", "nonsense://host"], "--transport-url: no messaging driver"),
        (["--template", "/none.json"], "/none.json: No such file"),
        (["--mix", "nothing=1"], "the mix names nothing"),
    ],
)
def test_a_load_that_cannot_be_is_one_sentence(
    bare: Run, arguments: list[str], sentence: str
) -> None:
    answer = bare("perf", "load", *arguments)
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err


@pytest.mark.parametrize(
    "arguments", [["--rate", "0"], ["--broken", "2"], ["--mix", "nova"], ["--count", "x"]]
)
def test_a_wrong_load_is_exit_code_2(bare: Run, arguments: list[str]) -> None:
    assert bare("perf", "load", *arguments).code == 2
