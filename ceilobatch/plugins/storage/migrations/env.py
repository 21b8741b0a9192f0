# SPDX-License-Identifier: Apache-2.0
"""Run by Alembic: applies the revisions on the connection that sql_upgrade has prepared."""

from alembic import context

# sql_upgrade has begun the transaction and commits it.
context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
