# SPDX-License-Identifier: Apache-2.0
"""What an error of a database means: away, repeat at once, or one item is refused."""

import enum
from typing import Any

from sqlalchemy import exc

from ceilobatch.plugins.storage.sql_rows import Refused

REASON_LIMIT = 300
UPGRADE = "run 'ceilobatch db upgrade'"


class Meaning(enum.Enum):
    """What to do about an error."""

    AWAY = "nothing can be stored now"
    AGAIN = "another transaction was faster; repeat this one at once"
    ITEM = "one of the items is refused"


# https://www.postgresql.org/docs/current/errcodes-appendix.html, whole or the first two characters.
# Whatever is not among these passes by itself or when a person has mended it.
_STATES = {
    "22": Meaning.ITEM,  # data exception
    "23": Meaning.ITEM,  # integrity constraint
    "23505": Meaning.AGAIN,  # somebody stored the same row in the meantime
    "40": Meaning.AGAIN,  # serialization failure, deadlock
    "54": Meaning.ITEM,  # too large or too deeply nested
}
_STATES_NO_SCHEMA = ("42P01", "42703", "3F000")

# https://mariadb.com/kb/en/mariadb-error-code-reference/
_CODES = {
    1020: Meaning.AGAIN,  # changed since last read
    1062: Meaning.AGAIN,  # somebody stored the same row in the meantime
    1118: Meaning.ITEM,  # row too large
    1153: Meaning.ITEM,  # larger than max_allowed_packet
    1213: Meaning.AGAIN,  # deadlock
    1305: Meaning.AGAIN,  # no such savepoint: a deadlock took the transaction with all of them
    1264: Meaning.ITEM,  # number out of range
    1292: Meaning.ITEM,  # not a date
    1366: Meaning.ITEM,  # not in the character set
    1406: Meaning.ITEM,  # too long
    4025: Meaning.ITEM,  # a check failed
}
_CODES_NO_SCHEMA = (1146, 1054)

# https://www.sqlite.org/rescode.html
_SQLITE_RACE = (1555, 2067)
_SQLITE_ITEM = (18, 19, 20)


def meaning(error: Exception) -> Meaning:
    """What an error of SQLAlchemy, or of making rows, means."""
    if isinstance(error, Refused):
        return Meaning.ITEM
    cause = _cause(error)
    code = _code(cause)
    if code is not None:
        # First, because PyMySQL tells an SQLSTATE as well, and that is coarser.
        return _CODES.get(code, _by_class(error))
    state = getattr(cause, "sqlstate", None)
    if state:
        return _STATES.get(state) or _STATES.get(state[:2], Meaning.AWAY)
    code = getattr(cause, "sqlite_errorcode", None)
    return _by_class(error) if code is None else _sqlite(code)


def reason(error: Exception) -> str:
    """An error in one sentence, without the statement and its parameters."""
    if isinstance(error, Refused):
        return str(error)
    cause = _cause(error)
    if _lacks_schema(cause):
        return f"the tables are missing or of another version: {UPGRADE}"
    diagnosis = getattr(getattr(cause, "diag", None), "message_primary", None)
    arguments: tuple[Any, ...] = cause.args
    text = diagnosis or (arguments[1] if _code(cause) and len(arguments) > 1 else str(cause))
    first = next((line.strip() for line in str(text).splitlines() if line.strip()), "")
    return first[:REASON_LIMIT] or type(cause).__name__


def _cause(error: Exception) -> BaseException:
    return (error.orig if isinstance(error, exc.DBAPIError) else None) or error


def _lacks_schema(cause: BaseException) -> bool:
    return (
        getattr(cause, "sqlstate", None) in _STATES_NO_SCHEMA
        or _code(cause) in _CODES_NO_SCHEMA
        or str(cause).startswith(("no such table", "no such column"))
    )


def _sqlite(code: int) -> Meaning:
    if code in _SQLITE_RACE:
        return Meaning.AGAIN
    return Meaning.ITEM if code & 0xFF in _SQLITE_ITEM else Meaning.AWAY


def _code(cause: BaseException) -> int | None:
    arguments: tuple[Any, ...] = cause.args
    first = arguments[0] if arguments else None
    return first if type(first) is int else None


def _by_class(error: Exception) -> Meaning:
    of_an_item = (exc.DataError, exc.IntegrityError)
    return Meaning.ITEM if isinstance(error, of_an_item) else Meaning.AWAY
