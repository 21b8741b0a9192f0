# SPDX-License-Identifier: Apache-2.0
"""Points in time as people write them: ISO 8601, or so long ago."""

import datetime
import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_RELATIVE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def moment(text: str) -> datetime.datetime:
    """A point in time, aware, UTC: ISO 8601 (UTC where it names no zone), or ``2d``, ``1h``,
    ``30m``, ``45s``, ``1w`` ago.

    :raises ValueError: it is neither; in one sentence.
    """
    relative = _RELATIVE.fullmatch(text.strip())
    try:
        if relative is not None:
            age = float(relative[1]) * _SECONDS[relative[2]]
            return datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
        return _in_utc(datetime.datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is neither an ISO 8601 time nor an age such as 30m, 1h or 2d"
        ) from None


def _in_utc(time: datetime.datetime) -> datetime.datetime:
    if time.tzinfo is None:
        return time.replace(tzinfo=datetime.UTC)
    return time.astimezone(datetime.UTC)
