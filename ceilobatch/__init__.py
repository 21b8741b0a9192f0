# SPDX-License-Identifier: Apache-2.0
"""Ceilobatch: a batching consumer of OpenStack telemetry, every part a plugin."""
