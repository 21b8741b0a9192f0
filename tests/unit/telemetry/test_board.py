# SPDX-License-Identifier: Apache-2.0
"""Where the workers of a host hang out their figures."""

import dataclasses

import pytest

from ceilobatch import config, errors
from ceilobatch.telemetry.board import Board

from .figures import RECEIVED, TIMES, snapshot_of


def board_of(path):
    return Board(config.load([], [], {("DEFAULT", "state_path"): str(path)}))


def test_every_worker_has_a_place(tmp_path):
    board = board_of(tmp_path)
    hung = [snapshot_of(RECEIVED, TIMES, process=process) for process in ("p0", "p1")]
    for snapshot in hung:
        board.hang(snapshot)
    assert list(board_of(tmp_path).read()) == hung


def test_newer_figures_take_the_place_of_older_ones(tmp_path):
    board, first = board_of(tmp_path), snapshot_of(RECEIVED)
    board.hang(first)
    second = dataclasses.replace(first, taken=9.0)
    board.hang(second)
    assert list(board.read()) == [second]
    assert len(list((tmp_path / "telemetry").iterdir())) == 1


def test_what_cannot_be_read_is_left_out_and_told(tmp_path, caplog):
    board, whole = board_of(tmp_path), snapshot_of(RECEIVED)
    board.hang(whole)
    (tmp_path / "telemetry" / "agent.other.p0.json").write_text("{")
    assert list(board.read()) == [whole]
    assert "agent.other.p0.json" in caplog.text


def test_host_and_pool_of_any_name_are_a_file_in_the_directory(tmp_path):
    board = board_of(tmp_path)
    odd = dataclasses.replace(snapshot_of(), host="../a b", pool="/ü.x")
    board.hang(odd)
    assert list(board.read()) == [odd]


def test_directory_that_cannot_be_made_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.ConfigurationError, match="state_path"):
        board_of(tmp_path / "file")
