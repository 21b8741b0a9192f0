# SPDX-License-Identifier: Apache-2.0
"""Tests of the storage drivers that need no server."""
