# SPDX-License-Identifier: Apache-2.0
"""Finds out in Python why a row cannot be stored, without asking the database."""

from math import isfinite

import orjson

from ceilobatch.plugins.storage.sql_rows import Row, has_nul
from ceilobatch.plugins.storage.sql_schema import TEXT_LIMIT


def examine(row: Row, nul_allowed: bool) -> str | None:
    """The reason why this row can never be stored, a sentence; None where none is known."""
    for column, value in row.items():
        problem = _examine_value(value, nul_allowed)
        if problem:
            return f"{column} {problem}"
    return None


def _examine_value(value: object, nul_allowed: bool) -> str | None:
    if isinstance(value, str):
        return _examine_text(value, nul_allowed)
    if isinstance(value, int | float):
        return _examine_number(value)
    if isinstance(value, dict | tuple | list):
        try:
            orjson.dumps(value)
        except (TypeError, ValueError, RecursionError) as error:
            return f"has no JSON: {error}"
        if not nul_allowed and has_nul(value):
            return "has a NUL character in a text"
    return None


def _examine_text(text: str, nul_allowed: bool) -> str | None:
    if len(text) > TEXT_LIMIT:
        return f"is longer than {TEXT_LIMIT} characters"
    if not nul_allowed and "\0" in text:
        return "has a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not Unicode text: it has half of a surrogate pair"
    return None


def _examine_number(number: float) -> str | None:
    try:
        return None if isfinite(number) else "is not a finite number"
    except OverflowError:
        return "is out of range"
