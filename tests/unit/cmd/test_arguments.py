# SPDX-License-Identifier: Apache-2.0
"""Times and counts as users write them."""

import argparse
import datetime

import pytest

from ceilobatch.cmd import arguments

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-05-17", datetime.datetime(2024, 5, 17, tzinfo=UTC)),
        ("2024-05-17T10:00", datetime.datetime(2024, 5, 17, 10, tzinfo=UTC)),
        ("2024-05-17 10:00:00.5", datetime.datetime(2024, 5, 17, 10, 0, 0, 500000, tzinfo=UTC)),
        ("2024-05-17T10:00Z", datetime.datetime(2024, 5, 17, 10, tzinfo=UTC)),
        ("2024-05-17T10:00+02:00", datetime.datetime(2024, 5, 17, 8, tzinfo=UTC)),
    ],
)
def test_iso_time_is_in_utc_where_it_names_no_zone(text: str, wanted: datetime.datetime) -> None:
    assert arguments.moment(text) == wanted
    assert arguments.moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45s", 45), ("30m", 1800), ("1h", 3600), ("2d", 172800), ("1w", 604800), ("1.5h", 5400)],
)
def test_age_is_counted_back_from_now(text: str, seconds: int) -> None:
    before = datetime.datetime.now(UTC)
    found = arguments.moment(text) + datetime.timedelta(seconds=seconds)
    assert before <= found <= datetime.datetime.now(UTC)


@pytest.mark.parametrize(
    "text", ["", "1", "1y", "-1h", "h", "24:00", "99999999999w", "0001-01-01T00:00+14:00"]
)
def test_anything_else_is_refused_with_what_would_do(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="ISO 8601 time nor an age"):
        arguments.moment(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "²"])
def test_count_is_a_positive_whole_number(text: str) -> None:
    assert arguments.count("12") == 12
    with pytest.raises(argparse.ArgumentTypeError, match="positive whole number"):
        arguments.count(text)
