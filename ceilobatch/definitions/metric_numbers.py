# SPDX-License-Identifier: Apache-2.0
"""The numbers of metric files: exactly what is written, whether a number or a text."""

import re
from fractions import Fraction
from typing import Any

from ceilobatch.definitions.convert import shown

# Beyond this a number is a mistake, and costly to calculate with.
_HUGE = re.compile(r"e[+-]?[\d_]{4}", re.IGNORECASE)
_LONGEST = 200


def exact(value: Any) -> Fraction:
    """A number, or a text such as ``1/1048576``; a float counts as the decimal that it shows.

    :raises ValueError: it is something else, as the end of a sentence.
    """
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            text = value if isinstance(value, str) else repr(value)
            if len(text) <= _LONGEST and not _HUGE.search(text):
                return Fraction(text)
        except (ValueError, ZeroDivisionError):
            pass
    raise ValueError(f"{shown(value)} is neither a number nor a fraction such as 1/1024")
