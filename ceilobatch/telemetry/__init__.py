# SPDX-License-Identifier: Apache-2.0
"""Measurements of the project about itself."""
