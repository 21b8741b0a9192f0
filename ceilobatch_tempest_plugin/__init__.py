# SPDX-License-Identifier: Apache-2.0
"""Tempest plugin: scenarios against a running Ceilobatch."""

# Threads, not eventlet, for whatever tempest imports next.
import ceilobatch  # noqa: F401
