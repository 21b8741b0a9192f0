# SPDX-License-Identifier: Apache-2.0
"""Tests of the benchmark tool that need no server but those of the standard library."""
