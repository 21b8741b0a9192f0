# SPDX-License-Identifier: Apache-2.0
"""Usage, and how far scopes have come."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables scope, scope_usage, usage_correction and reprocessing."""
    _make_scope()
    _make_scope_usage()
    _make_usage_correction()
    _make_reprocessing()


def _make_scope() -> None:
    _make_table(
        "scope",
        _text("scope"),
        _moment("started"),
        _moment("last_processed"),
        _moment("revisited"),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        _text("worker"),
        _text("claimed_by"),
        _moment("claimed_until", nullable=True),
        _long_text("error"),
        _moment("error_at", nullable=True),
        sa.PrimaryKeyConstraint("scope", name="scope_pkey"),
    )


def _make_scope_usage() -> None:
    _make_table(
        "scope_usage",
        _text("scope"),
        _moment("period_begin"),
        _text("metric"),
        _text("digest", 32),
        _moment("period_end"),
        _text("unit"),
        _quantity("quantity"),
        sa.Column("groupby", _document(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(
            "scope", "period_begin", "metric", "digest", name="scope_usage_pkey"
        ),
    )
    op.create_index("scope_usage_period_begin", "scope_usage", ["period_begin"])


def _make_usage_correction() -> None:
    _make_table(
        "usage_correction",
        _serial(),
        _text("scope"),
        _text("metric"),
        _moment("period_begin"),
        _text("digest", 32),
        _quantity("old_quantity", nullable=True),
        _quantity("new_quantity"),
        _moment("found"),
    )
    op.create_index("usage_correction_scope", "usage_correction", ["scope", "period_begin"])


def _make_reprocessing() -> None:
    _make_table(
        "reprocessing",
        _serial(),
        _text("scope"),
        *(_moment(name) for name in ("period_begin", "period_end", "done", "ordered")),
        _long_text("who"),
    )
    op.create_index("reprocessing_scope", "reprocessing", ["scope"])


def _make_table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4")


def _serial() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", number, primary_key=True, autoincrement=True)


def _text(name: str, length: int = 255) -> sa.Column[str]:
    return sa.Column(name, sa.String(length, collation=_collation()), nullable=False)


def _long_text(name: str) -> sa.Column[str]:
    collation = _collation()
    mariadb = mysql.LONGTEXT(collation=collation)
    kind = sa.Text(collation=collation).with_variant(mariadb, "mysql", "mariadb")
    return sa.Column(name, kind, nullable=False)


def _quantity(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Exact everywhere: a text where the database's own decimals are not."""
    kind = sa.String(255, collation=_collation()).with_variant(sa.Numeric(), "postgresql")
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


def _document() -> Any:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    mariadb = mysql.DATETIME(fsp=6)
    kind = sa.DateTime(timezone=True).with_variant(mariadb, "mysql", "mariadb")
    return sa.Column(name, kind, nullable=nullable)
