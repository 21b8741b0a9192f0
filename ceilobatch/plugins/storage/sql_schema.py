# SPDX-License-Identifier: Apache-2.0
"""The tables of the SQL storage as the program reads and writes them today.

The migrations make them; this is the newest revision in SQLAlchemy's words, and the same names
on all databases.
"""

import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

TEXT_LIMIT = 255


class UtcDateTime(sa.types.TypeDecorator[datetime.datetime]):
    """A moment with microseconds; aware and in UTC on the way in and out, whatever is between."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """MariaDB keeps microseconds only when asked to."""
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: sa.Dialect
    ) -> datetime.datetime | None:
        """To UTC; without a zone where the database knows none."""
        if value is None:
            return None
        moment = value.astimezone(datetime.UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(
        self, value: datetime.datetime | None, dialect: sa.Dialect
    ) -> datetime.datetime | None:
        """To an aware moment in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=datetime.UTC)
        return value.astimezone(datetime.UTC)


# Documents come encoded already, see sql_connection; None is SQL's NULL.
Document = sa.JSON(none_as_null=True)
QueryableDocument = Document.with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
Text = sa.String(TEXT_LIMIT)

TABLES = sa.MetaData()

EVENT = sa.Table(
    "event",
    TABLES,
    sa.Column("message_id", Text, primary_key=True),
    sa.Column("event_type", Text, nullable=False),
    sa.Column("generated", UtcDateTime, nullable=False),
    sa.Column("project_id", Text),
    sa.Column("user_id", Text),
    sa.Column("resource_id", Text),
    # {"text": {name: value}, "int": {}, "float": {}, "datetime": {name: ISO 8601 in UTC}}
    sa.Column("traits", QueryableDocument, nullable=False),
    sa.Column("raw", Document),
    sa.Column("warnings", Document),
)

SAMPLE = sa.Table(
    "sample",
    TABLES,
    sa.Column("message_id", Text, primary_key=True),
    sa.Column("name", Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("unit", Text, nullable=False),
    sa.Column("volume", sa.Double, nullable=False),
    sa.Column("user_id", Text),
    sa.Column("project_id", Text),
    sa.Column("resource_id", Text),
    sa.Column("timestamp", UtcDateTime, nullable=False),
    # Which of the notification's documents in sample_metadata is this sample's.
    sa.Column("metadata_part", sa.BigInteger, nullable=False),
)

SAMPLE_METADATA = sa.Table(
    "sample_metadata",
    TABLES,
    sa.Column("message_id", Text, primary_key=True),
    sa.Column("part", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("metadata", Document, nullable=False),
)
