# SPDX-License-Identifier: Apache-2.0
"""The alarms that are shipped, and the sections of the runbook."""

import re

import pytest

from ceilobatch.api.prometheus_names import sample_names

from .shipped import RUNBOOK, alerts, names, queries

PAGE = "https://docs.example.org/ceilobatch/admin/runbook.html"
ALERTS = {rule["alert"]: rule for rule in alerts()}
SEVERITIES = {"critical", "warning", "info"}


def sections() -> dict[str, str]:
    """What the runbook says of each alarm, by the title of the section."""
    parts = re.split(r"^(Ceilobatch\w+)\n~+\n", RUNBOOK.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_alarm_has_a_section_of_the_runbook_and_each_section_an_alarm() -> None:
    assert sorted(sections()) == sorted(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_section_says_what_it_means_how_to_look_and_what_to_do(name: str) -> None:
    text = sections()[name]
    places = [text.find(f"**{word}**") for word in ("What it means", "How to look", "What to do")]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("name", ALERTS)
def test_alarm_says_what_is_wrong_where_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"{PAGE}#{name.lower()}"
    assert rule["labels"]["severity"] in SEVERITIES
    assert re.search(r"\$labels\.\w+", rule["annotations"]["summary"])


def test_no_alarm_stands_there_twice() -> None:
    assert len(ALERTS) == len(alerts())


@pytest.mark.parametrize("query", list(queries()), ids=lambda query: query.place)
def test_query_asks_for_names_that_are_told(query: tuple[str, str]) -> None:
    _, expression = query
    assert names(expression) <= set(sample_names())
    assert names(expression) or "up{" in expression
