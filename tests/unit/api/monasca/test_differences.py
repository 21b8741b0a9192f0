# SPDX-License-Identifier: Apache-2.0
"""Where a real monasca-api fails or forgets, ours does not."""

import pytest

from . import differing
from .conftest import Ask
from .given import (
    ALL,
    BYTES,
    DIMENSIONS,
    LATER,
    MEASUREMENTS,
    METRICS,
    ONE,
    START,
    STATISTICS,
    VALUES,
    P,
)


@pytest.mark.parametrize("name", differing.DIFFERENT)
def test_no_request_fails(name: str, ask: Ask) -> None:
    assert ask(differing.DIFFERENT[name][0])["status"] in {200, 422}


def test_alternatives_are_whole_values(ask: Ask) -> None:
    assert ask(f"{METRICS}?{P}&dimensions=process:p|1")["body"]["elements"] == []


def test_values_of_dimensions_are_those_of_the_time(ask: Ask) -> None:
    told = ask(f"{VALUES}?dimension_name=plugin&{LATER}")["body"]["elements"]
    assert told == [{"dimension_value": "sql"}]


def test_keys_of_dimensions_are_those_of_the_time(ask: Ask) -> None:
    told = ask(f"{DIMENSIONS}?start_time=2025-03-02T00:00:00Z")["body"]["elements"]
    assert told == []


def test_end_alone_bounds_the_time(ask: Ask) -> None:
    assert ask(f"{METRICS}?end_time=2025-03-01T12:00:00Z")["body"]["elements"] == []
    assert ask(f"{METRICS}?end_time=2025-03-01T12:00:01Z")["body"]["elements"]


def test_first_point_of_a_page_of_statistics_counts(ask: Ask) -> None:
    path = f"{STATISTICS}?name={BYTES}&{ONE}&{START}&statistics=count&period=20"
    (told,) = ask(f"{path}&offset=2025-03-01T12:00:40Z")["body"]["elements"]
    assert told["statistics"][0] == ["2025-03-01T12:01:00Z", 2]


@pytest.mark.parametrize("offset", ["much", "x_2025-03-01T12:00:00Z", "1_", "²"])
def test_bad_offset_is_refused(offset: str, ask: Ask) -> None:
    for path in (f"{MEASUREMENTS}?{P}&{ONE}&{START}", f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}"):
        assert ask(f"{path}&offset={offset}")["status"] == 422
    assert ask(f"{METRICS}?offset={offset}")["status"] == 422


@pytest.mark.parametrize("period", ["9" * 30, "0", " 60"])
def test_strange_periods_are_answered(period: str, ask: Ask) -> None:
    assert ask(f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period={period}")["status"] == 200


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00%2B23:00", "9999-12-31T23:59:59-23:00"])
def test_times_out_of_range_are_refused(time: str, ask: Ask) -> None:
    assert ask(f"{MEASUREMENTS}?{P}&{ONE}&start_time={time}")["status"] == 422
