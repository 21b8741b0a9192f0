# SPDX-License-Identifier: Apache-2.0
"""Ours answers as a real monasca-api has answered, which ``benchmarks.monasca`` has kept."""

import json
import pathlib

import pytest

from . import given
from .conftest import Ask

GOLDEN = pathlib.Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", given.REQUESTS)
def test_answer_is_that_of_monasca(name: str, ask: Ask) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    assert ask(given.REQUESTS[name]) == expected


def test_every_kept_answer_is_asked_for() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(given.REQUESTS)


def test_numbers_are_whole_where_those_of_monasca_are(ask: Ask) -> None:
    for name, path in given.REQUESTS.items():
        if name.startswith(("measurements", "statistics")):
            expected = json.loads((GOLDEN / f"{name}.json").read_text())
            told = json.dumps(ask(path), sort_keys=True)
            assert told == json.dumps(expected, sort_keys=True), name
