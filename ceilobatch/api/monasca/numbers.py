# SPDX-License-Identifier: Apache-2.0
"""Numbers as they are written in answers."""


def plain(value: float) -> float:
    """A whole number without a point."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
