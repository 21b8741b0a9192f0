# SPDX-License-Identifier: Apache-2.0
"""Events and samples."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables event, sample and sample_metadata."""
    _make_event()
    _make_sample()
    _make_sample_metadata()
    if op.get_bind().dialect.name == "postgresql":
        _compress_quickly("event", "raw")
        _compress_quickly("sample_metadata", "metadata")


def _make_event() -> None:
    _make_table(
        "event",
        _text("message_id", nullable=False),
        _text("event_type", nullable=False),
        sa.Column("generated", _moment(), nullable=False),
        _text("project_id"),
        _text("user_id"),
        _text("resource_id"),
        sa.Column("traits", _document(queryable=True), nullable=False),
        sa.Column("raw", _document()),
        sa.Column("warnings", _document()),
        sa.PrimaryKeyConstraint("message_id", name="event_pkey"),
    )
    op.create_index("event_generated", "event", ["generated"])
    op.create_index("event_type_generated", "event", ["event_type", "generated"])
    op.create_index("event_project_generated", "event", ["project_id", "generated"])
    op.create_index("event_resource_generated", "event", ["resource_id", "generated"])


def _make_sample() -> None:
    _make_table(
        "sample",
        _text("message_id", nullable=False),
        _text("name", nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("type", sa.String(16), nullable=False),
        _text("unit", nullable=False),
        sa.Column("volume", sa.Double, nullable=False),
        _text("user_id"),
        _text("project_id"),
        _text("resource_id"),
        sa.Column("timestamp", _moment(), nullable=False),
        sa.Column("metadata_part", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "name", "position", name="sample_pkey"),
    )
    op.create_index("sample_timestamp", "sample", ["timestamp"])
    op.create_index("sample_name_timestamp", "sample", ["name", "timestamp"])
    op.create_index("sample_project_timestamp", "sample", ["project_id", "timestamp"])
    op.create_index("sample_resource_timestamp", "sample", ["resource_id", "timestamp"])


def _make_sample_metadata() -> None:
    _make_table(
        "sample_metadata",
        _text("message_id", nullable=False),
        sa.Column("part", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("metadata", _document(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "part", name="sample_metadata_pkey"),
    )


def _make_table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4")


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    """Texts are compared byte by byte, without regard to language, spaces counting."""
    dialect = op.get_bind().dialect
    collation = None
    if dialect.name == "postgresql":
        collation = "C"
    elif dialect.name == "mysql":
        mariadb = getattr(dialect, "is_mariadb", False)
        collation = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
    return sa.Column(name, sa.String(255, collation=collation), nullable=nullable)


def _moment() -> Any:
    mariadb = mysql.DATETIME(fsp=6)
    return sa.DateTime(timezone=True).with_variant(mariadb, "mysql", "mariadb")


def _document(*, queryable: bool = False) -> Any:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql") if queryable else sa.JSON()


def _compress_quickly(table: str, column: str) -> None:
    """Documents are compressed while they are inserted; lz4 takes a fraction of the time."""
    known = "SELECT 1 FROM pg_settings WHERE name = 'default_toast_compression'"
    if op.get_bind().exec_driver_sql(f"{known} AND 'lz4' = ANY (enumvals)").scalar():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION lz4")
