# SPDX-License-Identifier: Apache-2.0
"""Whoever follows the links gets everything once."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from . import given
from .conftest import Ask
from .given import ALL, BYTES, CALLS, END, LATER, MEASUREMENTS, METRICS, ONE, START, STATISTICS, P


def followed(ask: Ask, path: str) -> Iterator[dict[str, Any]]:
    """The elements of all pages."""
    for _page in range(200):
        answer = ask(path)
        assert answer["status"] == 200, answer
        yield from answer["body"]["elements"]
        links = {link["rel"]: link["href"] for link in answer["body"]["links"]}
        if "next" not in links:
            return
        url = urlsplit(links["next"])
        path = f"{url.path}?{url.query}"
    pytest.fail(f"the pages have no end: {path}")


def rows(elements: Iterator[dict[str, Any]], key: str) -> list[tuple[Any, ...]]:
    return [
        (element["id"], tuple(element["dimensions"].items()), *map(str, row))
        for element in elements
        for row in element[key]
    ]


@pytest.mark.parametrize("limit", [2, 7, 30, 31, 59, 60, 61, 119, 120, 10_000])
def test_measurements_of_groups_come_once_each(limit: int, ask: Ask) -> None:
    path = f"{MEASUREMENTS}?{P}&{START}&group_by=hostname,process"
    whole = rows(iter(ask(path)["body"]["elements"]), "measurements")
    assert len(whole) == 4 * given.ROUNDS
    assert rows(followed(ask, f"{path}&limit={limit}"), "measurements") == whole


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 10, 119, 120, 121])
@pytest.mark.parametrize("how", ["merge_metrics=true", "group_by=process"])
def test_measurements_of_the_same_time_come_once_each(limit: int, how: str, ask: Ask) -> None:
    path = f"{MEASUREMENTS}?name={BYTES}&{START}&{how}"
    whole = rows(iter(ask(path)["body"]["elements"]), "measurements")
    assert len(whole) == 4 * given.ROUNDS
    assert rows(followed(ask, f"{path}&limit={limit}"), "measurements") == whole


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 7, 30])
@pytest.mark.parametrize("how", ["group_by=process", "group_by=*", "merge_metrics=true", ONE])
def test_statistics_come_once_each(limit: int, how: str, ask: Ask) -> None:
    path = f"{STATISTICS}?name={BYTES}&{START}&{ALL}&period=60&{how}"
    whole = rows(iter(ask(path)["body"]["elements"]), "statistics")
    assert rows(followed(ask, f"{path}&limit={limit}"), "statistics") == whole


@pytest.mark.parametrize("query", [f"{START}", f"{LATER}&{END}", "dimensions=pool"])
def test_series_come_once_each(query: str, ask: Ask) -> None:
    whole = ask(f"{METRICS}?{query}")["body"]["elements"]
    assert list(followed(ask, f"{METRICS}?{query}&limit=2")) == whole


def test_series_without_points_in_the_time_do_not_hide_others(ask: Ask) -> None:
    found = list(followed(ask, f"{METRICS}?limit=1&name={CALLS}&{LATER}"))
    assert [one["dimensions"]["hostname"] for one in found] == ["web-1", "web-2"]


def test_links_of_encoded_parameters_can_be_followed(ask: Ask) -> None:
    path = f"{METRICS}?dimensions=hostname%3Aweb-1%2Cprocess%3Ap0%7Cp1&limit=2"
    found = list(followed(ask, path))
    assert len(found) == 8
    assert {one["dimensions"]["hostname"] for one in found} == {"web-1"}


def test_period_0_has_one_page(ask: Ask) -> None:
    path = f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=0&limit=1"
    assert len(list(followed(ask, path))) == 1
