# SPDX-License-Identifier: Apache-2.0
"""Measurements against real servers, and against the peers in the same run."""
