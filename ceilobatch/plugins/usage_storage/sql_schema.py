# SPDX-License-Identifier: Apache-2.0
"""The tables of usage and of the progress of scopes, beside those of the SQL storage."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_schema import (
    TABLES,
    TEXT_LIMIT,
    Document,
    LongText,
    QueryableDocument,
    Text,
    UtcDateTime,
)

Digest = sa.String(32)
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Exact(sa.types.TypeDecorator[Decimal]):
    """A decimal as it is: NUMERIC without limits where there is one, else its text."""

    impl = sa.String(TEXT_LIMIT)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """MariaDB's own decimals end at 65 digits, and those of SQLite are floats."""
        kind = sa.Numeric() if dialect.name == "postgresql" else sa.String(TEXT_LIMIT)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | str | None, dialect: sa.Dialect) -> Any:
        """Texts stay what they are."""
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """To a decimal."""
        return None if value is None else Decimal(value)


SCOPE = sa.Table(
    "scope",
    TABLES,
    sa.Column("scope", Text, primary_key=True),
    # The begin of the first period that was ever to be processed.
    sa.Column("started", UtcDateTime, nullable=False),
    sa.Column("last_processed", UtcDateTime, nullable=False),
    sa.Column("revisited", UtcDateTime, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("worker", Text, nullable=False),
    sa.Column("claimed_by", Text, nullable=False),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("error", LongText, nullable=False),
    # Since when it has been this error.
    sa.Column("error_at", UtcDateTime),
)

SCOPE_USAGE = sa.Table(
    "scope_usage",
    TABLES,
    sa.Column("scope", Text, primary_key=True),
    sa.Column("period_begin", UtcDateTime, primary_key=True),
    sa.Column("metric", Text, primary_key=True),
    # Of groupby: 128-bit BLAKE2b in hexadecimal digits.
    sa.Column("digest", Digest, primary_key=True),
    sa.Column("period_end", UtcDateTime, nullable=False),
    sa.Column("unit", Text, nullable=False),
    sa.Column("quantity", Exact, nullable=False),
    sa.Column("groupby", QueryableDocument, nullable=False),
    sa.Column("metadata", Document, nullable=False),
)

USAGE_CORRECTION = sa.Table(
    "usage_correction",
    TABLES,
    sa.Column("id", Serial, primary_key=True),
    *(sa.Column(name, Text, nullable=False) for name in ("scope", "metric")),
    sa.Column("period_begin", UtcDateTime, nullable=False),
    sa.Column("digest", Digest, nullable=False),
    # Null where there was none.
    sa.Column("old_quantity", Exact),
    sa.Column("new_quantity", Exact, nullable=False),
    sa.Column("found", UtcDateTime, nullable=False),
)

REPROCESSING = sa.Table(
    "reprocessing",
    TABLES,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("scope", Text, nullable=False),
    sa.Column("period_begin", UtcDateTime, nullable=False),
    sa.Column("period_end", UtcDateTime, nullable=False),
    sa.Column("done", UtcDateTime, nullable=False),
    sa.Column("ordered", UtcDateTime, nullable=False),
    sa.Column("who", LongText, nullable=False),
)
