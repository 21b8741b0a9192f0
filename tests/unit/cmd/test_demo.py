# SPDX-License-Identifier: Apache-2.0
"""The demo: the whole agent on embedded defaults."""

import json
import re

import pytest

from ceilobatch.cmd.main import main


def test_demo_stores_meters_and_recovers_and_its_figures_add_up(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    state = tmp_path / "state"
    code = main(
        [
            "demo",
            *("--count", "300", "--rate", "3000", "--broken", "0.1", "--seed", "3"),
            *("--state-path", str(state)),
        ]
    )
    shown = capsys.readouterr().out
    assert code == 0
    (figures,) = re.findall(r"^│((?: +\d+ │){8})$", shown, re.MULTILINE)
    published, received, *outcomes, in_flight = (int(one) for one in figures.split("│")[:-1])
    assert published == received == 300
    assert sum(outcomes) == 300
    assert in_flight == 0
    stored, duplicate, recovered, ignored, requeued = outcomes
    assert recovered > 10
    assert stored > 200
    assert (duplicate, ignored, requeued) == (0, 0, 0)
    titles = ("Stored events", "Stored samples", "In recovery", "Usage")
    for title in (*titles, "there is no event_type"):
        assert title in shown
    configuration = tmp_path / "ceilobatch.conf"
    configuration.write_text(f"[DEFAULT]\nstate_path = {state}\n")
    assert main(["--config-file", str(configuration), "recovery", "list", "-f", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == recovered


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--count", "0", "0 is not positive"),
        ("--rate", "many", "invalid _positive value"),
        ("--broken", "2", "2.0 is not between 0 and 1"),
    ],
)
def test_wrong_option_is_refused(option, value, said, capsys):
    assert main(["demo", option, value]) == 2
    assert said in capsys.readouterr().err
