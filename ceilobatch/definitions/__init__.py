# SPDX-License-Identifier: Apache-2.0
"""Event and meter definition files, compiled to plain functions."""
