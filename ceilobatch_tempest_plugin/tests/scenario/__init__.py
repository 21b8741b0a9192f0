# SPDX-License-Identifier: Apache-2.0
"""Scenarios: each goes from the bus to the REST service."""
