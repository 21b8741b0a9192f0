# SPDX-License-Identifier: Apache-2.0
"""Tests of what is measured and how it is told."""
