# SPDX-License-Identifier: Apache-2.0
"""Collectors and sources of scopes."""
