# SPDX-License-Identifier: Apache-2.0
"""Times in ISO 8601 as aware ones in UTC, by the quickest way that the standard library has."""

import datetime

from oslo_utils import timeutils

_UTC = datetime.UTC
_from_iso = datetime.datetime.fromisoformat


def utc(value: str) -> datetime.datetime:
    """The time, which is in UTC where it names no zone.

    :raises ValueError: it is no time in ISO 8601; also TypeError and OverflowError.
    """
    try:
        when = _from_iso(value)
        if when.tzinfo is None:
            # Read again with a zone: a quarter of what replace() costs.
            when = _from_iso(value + "+00:00")
    except ValueError:
        # Shorter forms, such as a year and a month, that services may send all the same.
        when = timeutils.parse_isotime(value)
    zone = when.tzinfo
    if zone is _UTC:
        return when
    return when.replace(tzinfo=_UTC) if zone is None else when.astimezone(_UTC)
