# SPDX-License-Identifier: Apache-2.0
"""Tests of the command line, each command run in this process."""
