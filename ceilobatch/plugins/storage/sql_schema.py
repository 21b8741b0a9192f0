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
Name = sa.String(191)
BatchId = sa.String(32)
Count = sa.BigInteger

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
    # With which batch it came, and when; null for what was stored without books.
    sa.Column("batch_id", BatchId),
    sa.Column("received", UtcDateTime),
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

LEDGER = sa.Table(
    "ledger",
    TABLES,
    sa.Column("worker", Name, primary_key=True),
    sa.Column("pool", Name, primary_key=True),
    sa.Column("hour", UtcDateTime, primary_key=True),
    sa.Column("event_type", Text, primary_key=True),
    sa.Column("received", Count, nullable=False),
    sa.Column("stored", Count, nullable=False),
    sa.Column("duplicate", Count, nullable=False),
    sa.Column("recovered", Count, nullable=False),
    sa.Column("ignored", Count, nullable=False),
    sa.Column("requeued", Count, nullable=False),
    # Rows that the transactions which counted here added to the table event; none that was purged.
    sa.Column("events", Count, nullable=False),
)

BATCH = sa.Table(
    "batch",
    TABLES,
    sa.Column("id", BatchId, primary_key=True),
    sa.Column("worker", Name, nullable=False),
    sa.Column("pool", Name, nullable=False),
    sa.Column("received", UtcDateTime, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    # {event_type: number of messages} while it is in flight, null afterwards
    sa.Column("in_flight", Document),
)

ARRIVAL = sa.Table(
    "arrival",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("message_id", Text, nullable=False),
    sa.Column("batch_id", BatchId, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
)

# The texts of a letter are as long as they came; what no database keeps is escaped in them.
LongText = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
Bytes = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
LetterId = sa.String(32)
Checksum = sa.String(32)

LETTER = sa.Table(
    "letter",
    TABLES,
    sa.Column("id", LetterId, primary_key=True),
    sa.Column("recorded", UtcDateTime, nullable=False),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("error", LongText, nullable=False),
    sa.Column("reason", LongText, nullable=False),
    sa.Column("message_id", LongText),
    sa.Column("event_type", LongText),
    sa.Column("exchange", LongText, nullable=False),
    sa.Column("topic", LongText, nullable=False),
    sa.Column("pool", LongText, nullable=False),
    sa.Column("driver", LongText, nullable=False),
    sa.Column("batch_id", LongText, nullable=False),
    sa.Column("host", LongText, nullable=False),
    sa.Column("worker", LongText, nullable=False),
    sa.Column("version", LongText, nullable=False),
    sa.Column("headers", LongText, nullable=False),
    sa.Column("size", Count, nullable=False),
    sa.Column("body", Bytes, nullable=False),
    # Of all columns above.
    sa.Column("checksum", Checksum, nullable=False),
    # The order of the letters: nanoseconds since 1970, when it was added first.
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("seen", Count, nullable=False),
    sa.Column("last", UtcDateTime, nullable=False),
    # How many rows of letter_change it has; whoever adds one holds the lock of this row.
    sa.Column("changes", sa.Integer, nullable=False),
)

LETTER_CHANGE = sa.Table(
    "letter_change",
    TABLES,
    sa.Column("letter_id", LetterId, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("who", LongText, nullable=False),
    sa.Column("changed", UtcDateTime, nullable=False),
    sa.Column("digest_before", LongText, nullable=False),
    sa.Column("digest_after", LongText, nullable=False),
    sa.Column("result", LongText, nullable=False),
    sa.Column("body", Bytes),
    # Of all columns above.
    sa.Column("checksum", Checksum, nullable=False),
)
