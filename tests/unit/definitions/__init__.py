# SPDX-License-Identifier: Apache-2.0
"""Definitions: what their files say and what becomes of notifications."""
