# SPDX-License-Identifier: Apache-2.0
"""The public contract suites, run on the drivers of this package."""
