# SPDX-License-Identifier: Apache-2.0
"""Drivers that keep usage and the progress of scopes."""
