# SPDX-License-Identifier: Apache-2.0
"""Alembic's environment for the tables of the SQL storage."""
