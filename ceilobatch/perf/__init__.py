# SPDX-License-Identifier: Apache-2.0
"""Benchmarks a running service: publishes load, and reports what became of it."""
