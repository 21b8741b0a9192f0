# SPDX-License-Identifier: Apache-2.0
"""Texts out of JSON, compared byte by byte in every database."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class exactly(FunctionElement[str]):  # noqa: N801  (it is a function in SQL)
    """The text as it is; MariaDB would take no notice of spaces at its end."""

    type = sa.String()
    inherit_cache = True
    name = "exactly"


@compiles(exactly)
def _plain(element: exactly, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(exactly, "mysql")
def _collated(element: exactly, compiler: Any, **options: Any) -> str:
    mariadb = getattr(compiler.dialect, "is_mariadb", False)
    collation = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
    return f"({compiler.process(element.clauses, **options)} COLLATE {collation})"
