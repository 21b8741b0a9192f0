# SPDX-License-Identifier: Apache-2.0
"""What every test has: the project imported first, and assertions that tell what they compared."""

import pytest

import ceilobatch

assert ceilobatch

# Suites that several test files share, wherever they are imported first.
pytest.register_assert_rewrite(
    *(
        f"{__package__}.functional.{name}_promises"
        for name in (
            *("storage", "storage_reading", "storage_server", "storage_table"),
            *("recovery_sql", "collector_sql"),
            *("usage", "usage_again", "usage_person", "usage_sql"),
        )
    ),
)
