# SPDX-License-Identifier: Apache-2.0
"""Letters in recovery, and what was done to them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXTS = ("exchange", "topic", "pool", "driver", "batch_id", "host", "worker", "version", "headers")


def upgrade() -> None:
    """Make the tables letter and letter_change."""
    _make_letter()
    _make_letter_change()


def _make_letter() -> None:
    _make_table(
        "letter",
        _short("id", 32),
        sa.Column("recorded", _moment(), nullable=False),
        _short("stage", 32),
        _text("error"),
        _text("reason"),
        _text("message_id", nullable=True),
        _text("event_type", nullable=True),
        *(_text(name) for name in TEXTS),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("body", _bytes(), nullable=False),
        _short("checksum", 32),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("last", _moment(), nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="letter_pkey"),
    )
    op.create_index("letter_added", "letter", ["added", "id"])


def _make_letter_change() -> None:
    _make_table(
        "letter_change",
        _short("letter_id", 32),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        _short("action", 32),
        _text("who"),
        sa.Column("changed", _moment(), nullable=False),
        _text("digest_before"),
        _text("digest_after"),
        _text("result"),
        sa.Column("body", _bytes()),
        _short("checksum", 32),
        sa.PrimaryKeyConstraint("letter_id", "revision", name="letter_change_pkey"),
    )


def _make_table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4")


def _short(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length, collation=_collation()), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    collation = _collation()
    mariadb = mysql.LONGTEXT(collation=collation)
    kind = sa.Text(collation=collation).with_variant(mariadb, "mysql", "mariadb")
    return sa.Column(name, kind, nullable=nullable)


def _collation() -> str | None:
    """As in the first revision: compared byte by byte."""
    dialect = op.get_bind().dialect
    if dialect.name == "postgresql":
        return "C"
    if dialect.name == "mysql":
        mariadb = getattr(dialect, "is_mariadb", False)
        return "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
    return None


def _bytes() -> Any:
    return sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def _moment() -> Any:
    mariadb = mysql.DATETIME(fsp=6)
    return sa.DateTime(timezone=True).with_variant(mariadb, "mysql", "mariadb")
