# SPDX-License-Identifier: Apache-2.0
"""The books, and with which batch an event came."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTS = ("received", "stored", "duplicate", "recovered", "ignored", "requeued", "events")


def upgrade() -> None:
    """Make the tables ledger, batch and arrival; extend event."""
    _make_ledger()
    _make_batch()
    _make_arrival()
    op.add_column("event", _text("batch_id", 32))
    op.add_column("event", sa.Column("received", _moment()))


def _make_ledger() -> None:
    _make_table(
        "ledger",
        _text("worker", 191, nullable=False),
        _text("pool", 191, nullable=False),
        sa.Column("hour", _moment(), nullable=False),
        _text("event_type", 255, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("worker", "pool", "hour", "event_type", name="ledger_pkey"),
    )


def _make_batch() -> None:
    _make_table(
        "batch",
        _text("id", 32, nullable=False),
        _text("worker", 191, nullable=False),
        _text("pool", 191, nullable=False),
        sa.Column("received", _moment(), nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("in_flight", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="batch_pkey"),
    )


def _make_arrival() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    _make_table(
        "arrival",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        _text("message_id", 255, nullable=False),
        _text("batch_id", 32, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
    )
    op.create_index("arrival_message_id", "arrival", ["message_id"])


def _make_table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4")


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column[str]:
    """As in the first revision: compared byte by byte."""
    dialect = op.get_bind().dialect
    collation = None
    if dialect.name == "postgresql":
        collation = "C"
    elif dialect.name == "mysql":
        mariadb = getattr(dialect, "is_mariadb", False)
        collation = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
    return sa.Column(name, sa.String(length, collation=collation), nullable=nullable)


def _moment() -> Any:
    mariadb = mysql.DATETIME(fsp=6)
    return sa.DateTime(timezone=True).with_variant(mariadb, "mysql", "mariadb")
