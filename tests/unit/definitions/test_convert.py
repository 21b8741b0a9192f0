# SPDX-License-Identifier: Apache-2.0
"""Values of notifications as values of traits."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceilobatch.definitions import convert

DEEP: list = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        ("text", "active", "active"),
        ("text", "", ""),
        ("text", "x" * 256, "x" * 255),
        ("text", True, "True"),
        ("text", 0, "0"),
        ("text", 1.5, "1.5"),
        ("text", {"a": 1}, "{'a': 1}"),
        ("int", 5, 5),
        ("int", "5", 5),
        ("int", " 5 ", 5),
        ("int", 5.9, 5),
        ("int", True, 1),
        ("int", "", None),
        ("int", 2**63 - 1, 2**63 - 1),
        ("int", -(2**63), -(2**63)),
        ("float", 5, 5.0),
        ("float", "1.5", 1.5),
        ("float", "1e3", 1000.0),
        ("float", False, 0.0),
        ("float", "", None),
        ("datetime", "", None),
    ],
)
def test_values_are_converted(kind, sent, expected):
    value = convert.CONVERSIONS[kind](sent)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-01-02T03:04:05.678901", "2026-01-02T03:04:05.678901+00:00"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05+0000", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05+00:00"),
        ("2026-01-02T03:04:05.5-0130", "2026-01-02T04:34:05.500000+00:00"),
        ("20260102T030405", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02", "2026-01-02T00:00:00+00:00"),
        ("2026-01", "2026-01-01T00:00:00+00:00"),
        ("2026-1-2", "2026-01-02T00:00:00+00:00"),
        ("2026", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_times_become_aware_utc(sent, expected):
    moment = convert.moment(sent)
    assert moment.isoformat() == expected
    assert moment.tzinfo is datetime.UTC


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text", DEEP),
        pytest.param("text", 10**5000, id="text-very-long-number"),
        ("int", "1.5"),
        ("int", "many"),
        ("int", 2**63),
        ("int", -(2**63) - 1),
        ("int", "9" * 5000),
        ("int", math.inf),
        ("int", math.nan),
        ("int", [1]),
        ("int", {}),
        ("float", "much"),
        ("float", "nan"),
        ("float", math.inf),
        ("float", "1e400"),
        ("float", 10**400),
        ("float", []),
        ("datetime", "yesterday"),
        ("datetime", "2026-13-01"),
        ("datetime", "2026-01-02T03:04:05.678901garbage"),
        ("datetime", "0001-01-01T00:00:00+14:00"),
        ("datetime", 1700000000),
        ("datetime", True),
        ("datetime", []),
        ("datetime", {}),
    ],
)
def test_what_cannot_be_converted_is_one_of_the_failures(kind, sent):
    with pytest.raises(convert.FAILURES):
        convert.CONVERSIONS[kind](sent)


@given(st.datetimes(timezones=st.none() | st.timezones()), st.sampled_from("T "))
def test_any_time_that_python_writes_is_read(moment, separator):
    text = moment.isoformat(separator)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    try:
        expected = datetime.datetime.fromisoformat(moment.isoformat()).astimezone(datetime.UTC)
    except OverflowError:
        return
    assert convert.moment(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        ("short", "'short'"),
        ("x" * 100, f"'{'x' * 60}'..."),
        ({"a": 1}, "an object"),
        (DEEP, "a list"),
        pytest.param(10**5000, "a very long number", id="very-long-number"),
        (1.5, "1.5"),
    ],
)
def test_values_are_shown_short(value, expected):
    assert convert.shown(value) == expected
