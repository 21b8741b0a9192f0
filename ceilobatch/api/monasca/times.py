# SPDX-License-Identifier: Apache-2.0
"""Times between ISO 8601, as clients write it, and milliseconds since the epoch."""

import datetime

from oslo_utils import timeutils

from ceilobatch.api.monasca.refusals import unprocessable

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)


def microseconds(text: str) -> int:
    """Since the epoch; in UTC where the text does not say.

    :raises falcon.HTTPError: it is no time.
    """
    try:
        return (timeutils.normalize_time(timeutils.parse_isotime(text)) - EPOCH) // MICROSECOND
    except (ValueError, OverflowError) as error:
        raise unprocessable(str(error)) from None


def first_from(text: str) -> int:
    """The first whole millisecond at or after a time.

    :raises falcon.HTTPError: it is no time.
    """
    return -(-microseconds(text) // 1000)


def first_after(text: str) -> int:
    """The first whole millisecond after a time, which may also be given in milliseconds.

    :raises falcon.HTTPError: it is no time.
    """
    return (int(text) if text.isascii() and text.isdigit() else microseconds(text) // 1000) + 1


def with_milliseconds(time: int) -> str:
    """Such as ``2025-03-01T12:00:00.003Z``."""
    moment = EPOCH + datetime.timedelta(milliseconds=time)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def with_seconds(time: int) -> str:
    """Such as ``2025-03-01T12:00:00Z``; what is below a second is left out."""
    moment = EPOCH + datetime.timedelta(milliseconds=time)
    return f"{moment.isoformat(timespec='seconds')}Z"
