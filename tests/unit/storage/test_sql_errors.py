# SPDX-License-Identifier: Apache-2.0
"""What errors of the drivers are taken for."""

import sqlite3

import psycopg
import pymysql
import pytest
from sqlalchemy import exc

from ceilobatch.plugins.storage.sql_errors import REASON_LIMIT, Meaning, meaning, reason
from ceilobatch.plugins.storage.sql_rows import Refused


def raised(wrapper: type[exc.DBAPIError], error: Exception) -> exc.DBAPIError:
    return wrapper("INSERT INTO event VALUES ('geheim')", {"x": "geheim"}, error)


def mariadb(code: int, sqlstate: str, text: str = "something") -> pymysql.err.MySQLError:
    error = pymysql.err.OperationalError(code, text)
    # Newer versions of the driver tell it.
    error.sqlstate = sqlstate
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.errors.UniqueViolation(), Meaning.AGAIN),
        (psycopg.errors.DeadlockDetected(), Meaning.AGAIN),
        (psycopg.errors.SerializationFailure(), Meaning.AGAIN),
        (psycopg.errors.StringDataRightTruncation(), Meaning.ITEM),
        (psycopg.errors.NotNullViolation(), Meaning.ITEM),
        (psycopg.errors.UntranslatableCharacter(), Meaning.ITEM),
        (psycopg.errors.ProgramLimitExceeded(), Meaning.ITEM),
        (psycopg.errors.DiskFull(), Meaning.AWAY),
        (psycopg.errors.TooManyConnections(), Meaning.AWAY),
        (psycopg.errors.AdminShutdown(), Meaning.AWAY),
        (psycopg.errors.CannotConnectNow(), Meaning.AWAY),
        (psycopg.errors.QueryCanceled(), Meaning.AWAY),
        (psycopg.errors.LockNotAvailable(), Meaning.AWAY),
        (psycopg.errors.ReadOnlySqlTransaction(), Meaning.AWAY),
        (psycopg.errors.UndefinedTable(), Meaning.AWAY),
        (psycopg.errors.InsufficientPrivilege(), Meaning.AWAY),
        (psycopg.OperationalError("connection refused"), Meaning.AWAY),
        (mariadb(1062, "23000"), Meaning.AGAIN),
        (mariadb(1213, "40001"), Meaning.AGAIN),
        (mariadb(1305, "42000"), Meaning.AGAIN),
        (mariadb(1406, "22001"), Meaning.ITEM),
        (mariadb(1264, "22003"), Meaning.ITEM),
        (mariadb(1205, "HY000"), Meaning.AWAY),
        (mariadb(1290, "HY000"), Meaning.AWAY),
        (mariadb(1040, "08004"), Meaning.AWAY),
        (mariadb(2013, "HY000"), Meaning.AWAY),
        (sqlite3.OperationalError("database is locked"), Meaning.AWAY),
    ],
)
def test_meaning_is_by_the_code_of_the_database(error, expected):
    assert meaning(raised(exc.OperationalError, error)) is expected


def test_refusal_is_about_an_item():
    assert meaning(Refused("no")) is Meaning.ITEM
    assert reason(Refused("no")) == "no"


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("connection failed\n\tIs the server running?\n"),
        mariadb(2003, "HY000", "Can't connect\n to it"),
        sqlite3.OperationalError("x" * 10_000),
        psycopg.errors.DiskFull(),
    ],
)
def test_reason_is_one_short_line_without_statement_and_parameters(error):
    sentence = reason(raised(exc.OperationalError, error))
    assert sentence
    assert "\n" not in sentence
    assert "geheim" not in sentence
    assert len(sentence) <= REASON_LIMIT


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UndefinedTable('relation "event" does not exist'),
        mariadb(1146, "42S02"),
        sqlite3.OperationalError("no such table: event"),
    ],
)
def test_missing_table_is_told_with_the_command_that_makes_it(error):
    assert "ceilobatch db upgrade" in reason(raised(exc.ProgrammingError, error))
